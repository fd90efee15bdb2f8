insert into workspaces (id, name, created_at) values ($1, $2, $3)
