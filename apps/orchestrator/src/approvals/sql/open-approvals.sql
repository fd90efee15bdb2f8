insert into approvals (id, workspace_id, run_id, workflow_id, step_id, step_run_id, stage, artefact, assignees, due_at, requested_at)
select a.id, a.workspace_id, a.run_id, a.workflow_id, a.step_id, a.step_run_id, a.stage, a.artefact,
       array(select json_array_elements_text(a.assignees)), to_timestamp(a.due_at / 1000.0), to_timestamp(a.requested_at / 1000.0)
from unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::json[], $9::json[], $10::float8[], $11::float8[])
  as a (id, workspace_id, run_id, workflow_id, step_id, step_run_id, stage, artefact, assignees, due_at, requested_at)
on conflict (id) do nothing
