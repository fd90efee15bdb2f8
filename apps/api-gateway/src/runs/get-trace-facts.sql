-- Facts from which the steps of runs are told, in order. A loop's own facts about its items are as many as the items, with all their
-- outputs: they are left out, and of the items only the number is read.
select run_id, seq, type, (extract(epoch from at) * 1000)::float8 as at, step_id,
       case type when 'step.iterating' then json_build_object('total', json_array_length(data -> 'items')) else data end as data
from run_facts
where workspace_id = $1 and run_id = any ($2)
  and type not in ('step.child_ended', 'run.event_kept', 'run.input_held')
  and not (type = 'step.spawned' and data ->> 'kind' = 'item')
order by run_id, seq
