-- Of runs that have completed: a run that failed, was cancelled or timed out may be retried at any time, and then its items go on with
-- the scope that they began with. No item of the run, at any depth, may be under way.
with recursive old as materialized (
  select s.id, s.root_run_id
  from run_scopes s join runs r on r.id = s.root_run_id
  where s.created_at < now() - interval '8 days' and r.status = 'completed' and r.ended_at < now() - interval '8 days'
  order by s.created_at limit $1
), items (root_run_id, id, status) as (
  select root_run_id, root_run_id, 'completed' from (select distinct root_run_id from old) o
  union all
  select i.root_run_id, r.id, r.status from items i join runs r on r.parent_run_id = i.id and r.item_index is not null
)
delete from run_scopes s using old
where s.id = old.id
  and old.root_run_id not in (select root_run_id from items where status not in ('completed', 'failed', 'cancelled', 'timed_out'))
