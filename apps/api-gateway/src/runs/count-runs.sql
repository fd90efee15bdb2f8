select count(*) as total
from (
  select from runs r
  where r.workspace_id = $1
    and ($2::uuid is null or r.workflow_id = $2)
    and ($3::int is null or r.version = $3)
    and ($4::text[] is null or r.status = any ($4))
    and ($5::text is null or r.trigger_type = $5)
    and ($6::uuid is null or r.trigger_id = $6)
    and ($7::timestamptz is null or r.created_at >= $7)
    and ($8::timestamptz is null or r.created_at < $8)
  limit 10001
) counted
