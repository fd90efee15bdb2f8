select step_id, idempotency_key, state, keyed from effects where workspace_id = $1 and run_id = $2 order by created_at, idempotency_key
