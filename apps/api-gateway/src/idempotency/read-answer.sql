select route, fingerprint, state, status, headers, body from idempotency_keys where workspace_id = $1 and key = $2
