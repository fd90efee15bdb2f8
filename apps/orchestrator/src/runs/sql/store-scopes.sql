insert into run_scopes (id, workspace_id, root_run_id, data)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::json[])
on conflict (id) do nothing
