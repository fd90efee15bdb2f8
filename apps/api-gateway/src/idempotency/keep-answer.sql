update idempotency_keys set state = 'done', status = $3, headers = $4, body = $5 where workspace_id = $1 and key = $2
