-- Whether the cleanup of run r is under way. The row says that a cancellation has begun, also of a life before a retry: which of the two
-- came last is in the history, and read of the few runs that were ever cancelled.
r.cancel_requested_at is not null and r.status in ('running', 'waiting') and coalesce((
  select f.type = 'run.cancelling' from run_facts f
  where f.workspace_id = r.workspace_id and f.run_id = r.id and f.type in ('run.cancelling', 'run.retried')
  order by f.seq desc limit 1), false)
