update effects
set claimed_until = now() + $3 * interval '1 millisecond'
where idempotency_key = any ($1) and claimed_by = $2 and state = 'intended'
returning idempotency_key
