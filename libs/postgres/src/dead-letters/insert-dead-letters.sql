insert into dead_letters (topic, partition, "offset", workspace_id, key, value, headers, error_code, error)
select * from unnest($1::text[], $2::int[], $3::bigint[], $4::uuid[], $5::text[], $6::bytea[], $7::jsonb[], $8::text[], $9::text[])
on conflict do nothing
