-- A wait that is asked for again stays as it is; its age is renewed before the sweeper looks at it.
insert into event_subscriptions as s (run_id, step_id, workspace_id, event_type, key_path, key_value, since)
select u.run_id, u.step_id, u.workspace_id, u.event_type,
       case when u.key_path is not null then array(select json_array_elements_text(u.key_path)) end, u.key_value, to_timestamp(u.since / 1000.0)
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::json[], $6::text[], $7::float8[])
  as u (run_id, step_id, workspace_id, event_type, key_path, key_value, since)
order by u.run_id, u.step_id
on conflict (run_id, step_id) do update
set workspace_id = excluded.workspace_id, event_type = excluded.event_type, key_path = excluded.key_path, key_value = excluded.key_value,
    since = excluded.since, created_at = now()
where (s.event_type, s.key_path, s.key_value, s.since) is distinct from (excluded.event_type, excluded.key_path, excluded.key_value, excluded.since)
   or s.created_at < now() - interval '30 minutes'
