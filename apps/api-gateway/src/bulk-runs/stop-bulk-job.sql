update bulk_jobs set stop_requested = true, updated_at = now() where workspace_id = $1 and id = $2 and status = 'running'
