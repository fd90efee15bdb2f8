select outcome from effects
where idempotency_key = $1 and workspace_id = $2 and outcome is not null
  and (state = 'done' or attempt = $3 and state in ('failed', 'in_doubt'))
