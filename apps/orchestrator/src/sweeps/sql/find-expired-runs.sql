select id as run_id, workspace_id, traceparent, (extract(epoch from now()) * 1000)::float8 as now
from runs
where status in ('queued', 'running', 'waiting', 'paused') and expires_at <= now()
order by expires_at
limit $1
