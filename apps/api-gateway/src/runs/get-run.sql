select r.id, r.workflow_id, w.name as workflow_name, r.version, r.status, r.waiting_for, json_build_object('type', r.trigger_type, 'trigger_id', r.trigger_id, 'event_id', r.event_id, 'actor', r.trigger ->> 'actor') as trigger, r.error, r.via_fallback, r.cost,
       r.steps_done, r.steps_total, r.traceparent, r.created_at, r.started_at, r.ended_at, r.parent_run_id, r.item_index, r.replay_of, r.seq, r.waiting_since, r.status = 'queued' and r.admitted_at is null as not_admitted, :cancelling as cancelling, r.payload, r.output
from runs r left join workflows w on w.id = r.workflow_id and w.workspace_id = r.workspace_id
where r.workspace_id = $1 and r.id = $2
