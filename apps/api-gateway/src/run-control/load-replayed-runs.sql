-- Runs with what they were started with, and whether their version may still start runs.
select r.id, r.workflow_id, r.version, r.status, r.item_index, r.payload, r.trigger, v.status as version_status
from runs r
left join workflow_versions v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.number = r.version
where r.workspace_id = $1 and r.id = any ($2)
