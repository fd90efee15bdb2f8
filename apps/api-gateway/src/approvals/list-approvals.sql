-- $2 statuses, $3 assignee, $4 workflow, $5 run, ($6, $7) sort key of the row before, $8 limit
select a.id, a.run_id, a.workflow_id, a.step_id, a.step_run_id, a.stage, a.artefact, a.assignees, a.due_at, a.status, a.decided_by, a.comment,
       a.requested_at, a.decided_at, a.requested_at::text as requested_key
from approvals a
where a.workspace_id = $1
  and a.status = any ($2)
  and ($3::text is null or $3 = any (a.assignees))
  and ($4::uuid is null or a.workflow_id = $4)
  and ($5::uuid is null or a.run_id = $5)
  and ($6::timestamptz is null or (a.requested_at, a.id) < ($6, $7))
order by a.requested_at desc, a.id desc
limit $8
