insert into api_keys (id, workspace_id, name, hash, prefix, scopes, created_at) values ($1, $2, 'First key', $3, $4, '{admin}', $5)
