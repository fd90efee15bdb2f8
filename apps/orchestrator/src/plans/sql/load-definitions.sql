select v.workflow_id, v.number, v.definition
from workflow_versions v
join unnest($1::uuid[], $2::int[]) as wanted (workflow_id, number) on v.workflow_id = wanted.workflow_id and v.number = wanted.number
