select count(*) as total from (select from dead_letters where $1::uuid is null or workspace_id = $1 limit 10001) counted
