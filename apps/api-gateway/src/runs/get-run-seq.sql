select seq from runs where workspace_id = $1 and id = $2
