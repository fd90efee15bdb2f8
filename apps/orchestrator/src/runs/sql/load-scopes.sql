-- What item runs see of the outside: kept once per foreach step, with the payload and the trigger of the root run.
select s.id, s.root_run_id, s.data, r.payload, r.trigger
from run_scopes s
join runs r on r.id = s.root_run_id
where s.id = any($1::uuid[])
