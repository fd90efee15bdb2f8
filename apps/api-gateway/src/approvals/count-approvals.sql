select count(*) as total
from (
  select from approvals a
  where a.workspace_id = $1
    and a.status = any ($2)
    and ($3::text is null or $3 = any (a.assignees))
    and ($4::uuid is null or a.workflow_id = $4)
    and ($5::uuid is null or a.run_id = $5)
  limit 10001
) counted
