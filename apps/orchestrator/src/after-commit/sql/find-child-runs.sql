-- Children that are there already: from a delivery before, or from an earlier life of the step.
select id as run_id, workspace_id, workflow_id, version, payload, trigger, traceparent, parent_run_id, parent_step_id, item_index, depth, body, scope_id,
       (extract(epoch from created_at) * 1000)::float8 as created_at, status <> 'queued' or admitted_at is not null as admitted
from runs
where id = any($1::uuid[])
