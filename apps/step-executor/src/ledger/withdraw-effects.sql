-- Nothing was called. A keyed effect may be taken over at once; an unkeyed one is as if it had never been asked for, or the next who
-- asks would find it in doubt. (What an unkeyed row was before is nothing, or failed: neither needs to be known.)
with gone as (
  delete from effects where idempotency_key = any ($1) and claimed_by = $2 and state = 'intended' and not keyed
)
update effects
set claimed_until = now(), connection_id = null
where idempotency_key = any ($1) and claimed_by = $2 and state = 'intended' and keyed
