-- Waits that the events may be for. A wait takes what came since `since`: an event that is delivered once more came when it came first.
select u.nth, s.run_id, s.step_id
from unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
  as u (nth, workspace_id, source, id, pattern, key_path, key_value)
cross join lateral (
  select s.run_id, s.step_id, s.since from event_subscriptions s
  where s.workspace_id = u.workspace_id and s.event_type = u.pattern and s.key_path = u.key_path::text[] and s.key_value = u.key_value
  union all
  select s.run_id, s.step_id, s.since from event_subscriptions s
  where u.key_path is null and s.workspace_id = u.workspace_id and s.event_type = u.pattern and s.key_path is null
) s
where s.since <= (select m.received_at from event_mailbox m where m.workspace_id = u.workspace_id and m.source = u.source and m.id = u.id)
