-- Rows come in the order of the key: two listeners that got the same events wait for each other, never in a circle.
insert into decisions (workspace_id, trigger_id, event_source, event_id, event_type, subject, verdict, reason, details, run_id, duplicates)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::uuid[], $11::int[])
on conflict do nothing
returning trigger_id, event_source, event_id
