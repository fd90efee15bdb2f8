-- Told again after five minutes, should the telling have got lost: expired runs that cannot end hide no others.
update runs r set expires_at = now() + interval '5 minutes'
from (
  select id from runs
  where status in ('queued', 'running', 'waiting', 'paused') and expires_at <= now()
  order by expires_at
  limit $1
  for no key update skip locked
) expired
where r.id = expired.id
returning r.id as run_id, r.workspace_id, r.traceparent, (extract(epoch from now()) * 1000)::float8 as now
