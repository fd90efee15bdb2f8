select count(*) as live
from (select from runs where workspace_id = $1 and workflow_id = $2 and status in ('queued', 'running', 'waiting', 'paused') limit 100) live
