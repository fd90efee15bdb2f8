-- A keyed effect may be taken over at once; for an unkeyed one this says that nobody watches it any more.
update effects
set claimed_until = now(), connection_id = null
where idempotency_key = any ($1) and claimed_by = $2 and state = 'intended'
