select * from bulk_jobs where workspace_id = $1 and id = $2
