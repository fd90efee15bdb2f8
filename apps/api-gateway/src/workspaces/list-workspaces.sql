select id, name, created_at from workspaces where $1::uuid is null or id < $1 order by id desc limit $2
