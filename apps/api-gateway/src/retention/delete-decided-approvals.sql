delete from approvals where ctid = any (array(
  select ctid from approvals where decided_at < now() - interval '30 days' and status <> 'open' limit $1 for update skip locked))
