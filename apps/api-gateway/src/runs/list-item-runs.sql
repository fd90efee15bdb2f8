-- Runs of the items of a foreach step from an item on, in the order of the list; of several runs of one item the newest.
select distinct on (item_index) id, item_index
from runs
where workspace_id = $1 and parent_run_id = $2 and parent_step_id = $3 and item_index >= $4
order by item_index, created_at desc
limit $5
