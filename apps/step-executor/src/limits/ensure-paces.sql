insert into connection_pace (workspace_id, connection_id, next_at)
select workspace_id, connection_id, now() from unnest($1::uuid[], $2::uuid[]) as w (workspace_id, connection_id)
order by connection_id
on conflict (connection_id) do nothing
