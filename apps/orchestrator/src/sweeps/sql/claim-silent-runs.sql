-- The next look is put off by the run's age: a run that waits in a long queue is asked after ever more seldom.
update runs r set wake_at = now() + greatest(interval '30 seconds', now() - r.created_at)
from (select id from runs where status in ('queued', 'running') and wake_at <= now() limit $1 for update skip locked) silent
where r.id = silent.id
returning r.id as run_id, r.workspace_id, r.workflow_id, r.version, r.status, r.payload, r.trigger, r.traceparent,
          (extract(epoch from r.created_at) * 1000)::float8 as created_at, (extract(epoch from now()) * 1000)::float8 as now
