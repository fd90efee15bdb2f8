select id, workspace_id, workflow_id, version, payload, trigger, seq,
       (extract(epoch from created_at) * 1000)::float8 as created_at
from runs
where id = any($1::uuid[])
