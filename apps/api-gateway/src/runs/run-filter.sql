-- Which runs a list or a bulk job is about; a part of their statements, see run-filter.ts.
r.workspace_id = $1
and ($2::uuid is null or r.workflow_id = $2)
and ($3::int is null or r.version = $3)
and ($4::text[] is null or r.status = any ($4))
and ($5::text is null or r.trigger_type = $5)
and ($6::uuid is null or r.trigger_id = $6)
and ($7::timestamptz is null or r.created_at >= $7)
and ($8::timestamptz is null or r.created_at < $8)
and ($9::uuid is null or r.parent_run_id = $9)
and ($10::text[] is null or r.waiting_for = any ($10))
and ($11::boolean or r.item_index is null)
