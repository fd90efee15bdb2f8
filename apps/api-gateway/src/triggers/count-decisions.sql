select count(*) as total
from (
  select from decisions
  where workspace_id = $1
    and ($2::uuid is null or trigger_id = $2)
    and ($3::text is null or event_id = $3)
    and ($4::text[] is null or verdict = any ($4))
  limit 10001
) counted
