insert into runs (id, workspace_id, workflow_id, version, payload, trigger_type, trigger_id, event_id, trigger, traceparent, created_at, wake_at, expires_at)
select u.id, u.workspace_id, u.workflow_id, u.version, u.payload, u.trigger->>'type', (u.trigger->>'trigger_id')::uuid, u.trigger->>'event_id',
       u.trigger, u.traceparent, to_timestamp(u.created_at / 1000.0), to_timestamp(u.created_at / 1000.0) + interval '10 seconds', to_timestamp(u.expires_at / 1000.0)
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::json[], $6::json[], $7::text[], $8::float8[], $9::float8[])
  as u (id, workspace_id, workflow_id, version, payload, trigger, traceparent, created_at, expires_at)
on conflict (id) do nothing
returning id
