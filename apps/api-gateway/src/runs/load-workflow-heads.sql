select id, name, status, current_version from workflows where workspace_id = $1 and id = any ($2)
