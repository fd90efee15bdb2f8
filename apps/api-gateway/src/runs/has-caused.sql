select from run_facts where workspace_id = $1 and run_id = $2 and seq > $3 and caused_by = $4 limit 1
