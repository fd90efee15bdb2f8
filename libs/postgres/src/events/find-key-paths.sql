-- By which paths waits correlate, for each (workspace, type or pattern). The index is jumped along from path to path: the cost is one
-- look-up for each path in use, however many waits share it. A null path: there are waits that try every event.
with recursive asked as (
  select u.workspace_id, u.pattern from unnest($1::uuid[], $2::text[]) as u (workspace_id, pattern)
), paths as (
  select a.workspace_id, a.pattern, first.key_path
  from asked a
  cross join lateral (
    select s.key_path from event_subscriptions s
    where s.workspace_id = a.workspace_id and s.event_type = a.pattern and s.key_path is not null
    order by s.workspace_id, s.event_type, s.key_path limit 1
  ) first
  union all
  select p.workspace_id, p.pattern, following.key_path
  from paths p
  cross join lateral (
    select s.key_path from event_subscriptions s
    where s.workspace_id = p.workspace_id and s.event_type = p.pattern and s.key_path > p.key_path
    order by s.workspace_id, s.event_type, s.key_path limit 1
  ) following
)
select workspace_id, pattern, key_path, key_path::text as path_literal from paths
union all
select a.workspace_id, a.pattern, null, null
from asked a
where exists (
  select from event_subscriptions s where s.workspace_id = a.workspace_id and s.event_type = a.pattern and s.key_path is null
)
