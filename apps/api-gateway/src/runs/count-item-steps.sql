-- Settled steps of all items of a foreach step: about how many step runs it has.
select coalesce(sum(steps_done), 0)::int8 as total from runs where workspace_id = $1 and parent_run_id = $2 and parent_step_id = $3
