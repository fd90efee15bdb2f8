-- Runs that were decided on earlier, may start, and that nobody has begun yet: their request may never have been published.
select r.id as run_id, r.workspace_id, r.workflow_id, r.version, r.payload, r.trigger, r.traceparent,
       r.parent_run_id, r.parent_step_id, r.item_index, r.depth, r.body, r.scope_id,
       (extract(epoch from r.created_at) * 1000)::float8 as created_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as u (workspace_id, trigger_id, event_source, event_id)
join decisions d using (workspace_id, trigger_id, event_source, event_id)
join runs r on r.id = d.run_id
where r.status = 'queued' and r.admitted_at is not null
