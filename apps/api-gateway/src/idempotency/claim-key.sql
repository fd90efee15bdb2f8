-- Waits at most three seconds for another transaction that holds the same key (the setting ends with the transaction).
with patience as materialized (select set_config('lock_timeout', '3000', true))
insert into idempotency_keys (workspace_id, key, route, fingerprint, state, expires_at)
select $1, $2, $3, $4, 'in_progress', now() + interval '24 hours' from patience
on conflict (workspace_id, key) do update
  set route = excluded.route, fingerprint = excluded.fingerprint, state = 'in_progress',
      status = null, headers = null, body = null, created_at = now(), expires_at = excluded.expires_at
  where idempotency_keys.expires_at <= now()
returning key
