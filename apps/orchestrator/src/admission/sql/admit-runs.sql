-- Whoever was paused or cancelled meanwhile is not admitted; whoever is being written right now has to wait for the next round.
-- The rows are found by their ids alone. MEASURED: asked for what is queued at the same place, a plan without statistics walks over the
-- whole backlog instead, 400 ms a round.
with chosen as materialized (
  select id, status, admitted_at from runs where id = any ($1::uuid[]) for no key update skip locked
)
update runs r set admitted_at = now(), wake_at = now() + interval '10 seconds', waiting_for = null, waiting_since = null
from chosen c
where r.id = c.id and c.status = 'queued' and c.admitted_at is null
returning r.id as run_id, r.workspace_id, r.workflow_id, r.version, r.payload, r.trigger, r.traceparent,
          r.parent_run_id, r.parent_step_id, r.item_index, r.depth, r.body, r.scope_id,
          (extract(epoch from r.created_at) * 1000)::float8 as created_at, (extract(epoch from now()) * 1000)::float8 as now
