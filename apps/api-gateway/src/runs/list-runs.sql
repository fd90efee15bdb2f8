-- $2 workflow, $3 version, $4 statuses, $5 trigger type, $6 trigger, $7 from, $8 before, ($9, $10) sort key of the row before, $11 limit
select r.id, r.workflow_id, w.name as workflow_name, r.version, r.status, r.waiting_for, json_build_object('type', r.trigger_type, 'trigger_id', r.trigger_id, 'event_id', r.event_id, 'actor', r.trigger ->> 'actor') as trigger, r.error, r.via_fallback, r.cost,
       r.steps_done, r.steps_total, r.traceparent, r.created_at, r.started_at, r.ended_at, r.created_at::text as created_key
from runs r left join workflows w on w.id = r.workflow_id and w.workspace_id = r.workspace_id
where r.workspace_id = $1
  and ($2::uuid is null or r.workflow_id = $2)
  and ($3::int is null or r.version = $3)
  and ($4::text[] is null or r.status = any ($4))
  and ($5::text is null or r.trigger_type = $5)
  and ($6::uuid is null or r.trigger_id = $6)
  and ($7::timestamptz is null or r.created_at >= $7)
  and ($8::timestamptz is null or r.created_at < $8)
  and ($9::timestamptz is null or (r.created_at, r.id) < ($9, $10::uuid))
order by r.created_at desc, r.id desc
limit $11
