-- How the items of the foreach steps of these runs stand; of several runs of one item the newest counts.
select parent_run_id as run_id, parent_step_id as step_id,
       count(*) filter (where status = 'completed') as done,
       count(*) filter (where status in ('failed', 'cancelled', 'timed_out')) as failed
from (
  select distinct on (parent_run_id, parent_step_id, item_index) parent_run_id, parent_step_id, status
  from runs
  where workspace_id = $1 and parent_run_id = any ($2) and item_index is not null
  order by parent_run_id, parent_step_id, item_index, created_at desc
) items
group by 1, 2
