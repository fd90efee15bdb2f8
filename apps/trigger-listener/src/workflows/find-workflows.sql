select id, name, status, current_version from workflows where id = any($1::uuid[])
