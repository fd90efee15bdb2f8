select id as run_id, workspace_id, workflow_id, version, payload, trigger, seq, parent_run_id, parent_step_id, item_index, depth, body, scope_id,
       (extract(epoch from created_at) * 1000)::float8 as created_at
from runs
where id = any($1::uuid[])
