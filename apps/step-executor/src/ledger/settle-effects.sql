-- Only for the claimant; a second time after a lost answer it finds its own work done.
update effects e
set state = w.state, outcome = w.outcome, receipt = w.receipt, claimed_by = null, claimed_until = null, connection_id = null, updated_at = now()
from unnest($1::text[], $2::int[], $3::text[], $4::jsonb[], $5::jsonb[]) as w (idempotency_key, attempt, state, outcome, receipt)
where e.idempotency_key = w.idempotency_key
  and e.attempt = w.attempt
  and (e.claimed_by = $6 or e.claimed_by is null and e.state = w.state)
returning e.idempotency_key
