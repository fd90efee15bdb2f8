-- The approval of a step run: the open one, else the one that was asked for last.
select id, run_id, workflow_id, step_id, step_run_id, stage, artefact, assignees, due_at, status, decided_by, comment, requested_at, decided_at
from approvals
where workspace_id = $1 and run_id = $2 and step_run_id = $3
order by status = 'open' desc, requested_at desc, id desc
limit 1
