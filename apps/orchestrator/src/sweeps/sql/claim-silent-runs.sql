-- Only what is under way: a queued run that was not admitted is not silent, it waits. The next look is put off by the time since the
-- admission: a run that waits in a long queue of Kafka is asked after ever more seldom.
update runs r set wake_at = now() + greatest(interval '30 seconds', now() - coalesce(r.admitted_at, r.created_at))
from (
  select id from runs
  where (status = 'running' or (status = 'queued' and admitted_at is not null)) and wake_at <= now()
  limit $1
  for update skip locked
) silent
where r.id = silent.id
returning r.id as run_id, r.workspace_id, r.workflow_id, r.version, r.status, r.payload, r.trigger, r.traceparent,
          r.parent_run_id, r.parent_step_id, r.item_index, r.depth, r.body, r.scope_id,
          (extract(epoch from r.created_at) * 1000)::float8 as created_at, (extract(epoch from now()) * 1000)::float8 as now
