select count(*) as total from bulk_jobs where workspace_id = $1
