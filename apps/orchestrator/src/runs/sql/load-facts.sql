select run_id, seq, type, (extract(epoch from at) * 1000)::float8 as at, step_id, data, caused_by
from run_facts
where run_id = any($1::uuid[])
order by run_id, seq
