-- Workspaces with a backlog, and how much each has under way; `total` of the whole installation. Counts end at $1.
with recursive waiting (workspace_id) as (
  -- From one workspace to the next by index, past however many runs of the one.
  (select workspace_id from runs where status = 'queued' and admitted_at is null order by workspace_id limit 1)
  union all
  select (select r.workspace_id from runs r where r.status = 'queued' and r.admitted_at is null and r.workspace_id > w.workspace_id order by r.workspace_id limit 1)
  from waiting w
  where w.workspace_id is not null
)
select w.workspace_id,
       (select count(*) from (select from runs r where r.workspace_id = w.workspace_id and (r.status = 'running' or (r.status = 'queued' and r.admitted_at is not null)) limit $1) own) as under_way,
       (select count(*) from (select from runs r where r.status = 'running' or (r.status = 'queued' and r.admitted_at is not null) limit $1) every) as total
from waiting w
where w.workspace_id is not null
