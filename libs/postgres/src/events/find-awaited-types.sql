-- Which of these (workspace, type or pattern) a published version waits for. One look-up in the primary key each.
select a.workspace_id, a.event_type
from unnest($1::uuid[], $2::text[]) as u (workspace_id, pattern)
join awaited_event_types a on a.workspace_id = u.workspace_id and a.event_type = u.pattern
