select definition from workflow_versions where workspace_id = $1 and workflow_id = $2 and number = $3 and status <> 'draft'
