-- Of workflows with these ids or names the input schema of the version that a child run would take; null where it takes any payload.
select w.id, w.name, v.definition -> 'input_schema' as input_schema
from workflows w
left join workflow_versions v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.number = w.current_version
where w.workspace_id = $1 and w.status <> 'archived' and (w.id = any ($2) or w.name = any ($3))
order by w.created_at desc
