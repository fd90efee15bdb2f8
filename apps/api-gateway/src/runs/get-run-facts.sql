-- Facts of a run from a number on, in order.
select seq, type, (extract(epoch from at) * 1000)::float8 as at, step_id, data
from run_facts
where workspace_id = $1 and run_id = $2 and seq > $3
order by seq
limit $4
