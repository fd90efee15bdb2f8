-- $1 to $11 the filter, ($12, $13) sort key of the row before, $14 limit
select r.id, r.workflow_id, w.name as workflow_name, r.version, r.status, r.waiting_for, json_build_object('type', r.trigger_type, 'trigger_id', r.trigger_id, 'event_id', r.event_id, 'actor', r.trigger ->> 'actor') as trigger, r.error, r.via_fallback, r.cost,
       r.steps_done, r.steps_total, r.traceparent, r.created_at, r.started_at, r.ended_at, r.parent_run_id, r.replay_of, r.created_at::text as created_key
from runs r left join workflows w on w.id = r.workflow_id and w.workspace_id = r.workspace_id
where :filter
  and ($12::timestamptz is null or (r.created_at, r.id) < ($12, $13::uuid))
order by r.created_at desc, r.id desc
limit $14
