-- The whole definition only where its concurrency is limited: its key has to be compiled.
select v.workflow_id, v.number, v.definition -> 'input_schema' as input_schema, v.definition #>> '{settings,timeout}' as timeout,
       coalesce((v.definition #>> '{settings,priority}')::int, 0) as priority,
       case when v.definition #> '{settings,concurrency}' is not null then v.definition end as limited
from unnest($1::uuid[], $2::int[]) as u (workflow_id, number)
join workflows w on w.id = u.workflow_id
join workflow_versions v on v.workspace_id = w.workspace_id and v.workflow_id = u.workflow_id and v.number = u.number
