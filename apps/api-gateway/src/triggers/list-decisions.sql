-- Decisions of a workspace, newest first: of one trigger ($2) or of one event ($3), with some verdicts ($4), after the row ($5, $6, $7, $8).
select trigger_id, event_source, event_id, event_type, subject, verdict, reason, details, run_id, duplicates, at, at::text as at_key
from decisions
where workspace_id = $1
  and ($2::uuid is null or trigger_id = $2)
  and ($3::text is null or event_id = $3)
  and ($4::text[] is null or verdict = any ($4))
  and ($5::timestamptz is null or (at, trigger_id, event_source, event_id) < ($5, $6::uuid, $7::text, $8::text))
order by at desc, trigger_id desc, event_source desc, event_id desc
limit $9
