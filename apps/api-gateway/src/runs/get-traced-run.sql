-- A run and the steps of its version, for names and types.
select r.id as run_id, r.item_index, r.body, v.definition -> 'graph' -> 'steps' as steps
from runs r left join workflow_versions v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.number = r.version
where r.workspace_id = $1 and r.id = $2
