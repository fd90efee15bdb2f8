delete from idempotency_keys where (workspace_id, key) in (select workspace_id, key from idempotency_keys where expires_at < now() limit 10000)
