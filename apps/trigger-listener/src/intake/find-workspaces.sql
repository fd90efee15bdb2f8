select id from workspaces where id = any($1::uuid[])
