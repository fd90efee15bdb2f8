delete from bulk_jobs where ctid = any (array(
  select ctid from bulk_jobs where ended_at < now() - interval '30 days' and status <> 'running' limit $1 for update skip locked))
