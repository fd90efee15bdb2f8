-- Accepts runs, and admits at once those that have to wait for nobody: no lane, and their workspace has fewer than its share ($14)
-- admitted or queued, those before it in this statement (`place`) counted. Child runs without a lane are always admitted: their
-- parent holds the place, and one that waits for a child which waits for a place would wait for ever. Two statements at the same
-- time do not see each other, so each can fill up a share.
-- MEASURED: window functions over the rows, or a parameter for each rare column instead of one document ($10), cost a fifth more.
with taken as (
  -- By position in $13, the workspaces of the statement.
  select array_agg(places_taken(w.id, $14) order by w.position) as runs
  from unnest($13::uuid[]) with ordinality as w (id, position)
), asked as (
  select u.*, to_timestamp(u.created_at / 1000.0) as created,
         (u.special -> 'parent' is not null and u.special ->> 'lane' is null) or coalesce(u.place + (select runs from taken)[u.workspace] <= $14, false) as admitted
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::json[], $6::json[], $7::text[], $8::float8[], $9::float8[], $10::json[], $11::int[], $12::int[],
              $15::text[], $16::uuid[], $17::text[])
    as u (id, workspace_id, workflow_id, version, payload, trigger, traceparent, created_at, expires_at, special, workspace, place,
          trigger_type, trigger_id, event_id)
)
insert into runs (id, workspace_id, workflow_id, version, payload, trigger_type, trigger_id, event_id, trigger, traceparent, created_at,
                  wake_at, expires_at, admitted_at, waiting_for, waiting_since, priority, lane, lane_limit,
                  parent_run_id, parent_step_id, item_index, depth, body, scope_id, replay_of)
select a.id, a.workspace_id, a.workflow_id, a.version, a.payload, a.trigger_type, a.trigger_id, a.event_id,
       a.trigger, a.traceparent, a.created, a.created + interval '10 seconds', to_timestamp(a.expires_at / 1000.0),
       case when a.admitted then now() end, case when not a.admitted then 'capacity' end, case when not a.admitted then a.created end,
       coalesce((a.special ->> 'priority')::int, 0), a.special ->> 'lane', (a.special ->> 'lane_limit')::int,
       (a.special #>> '{parent,run_id}')::uuid, a.special #>> '{parent,step_id}', (a.special #>> '{parent,index}')::int,
       coalesce((a.special #>> '{parent,depth}')::int, 0),
       case when a.special -> 'body' is not null then array(select json_array_elements_text(a.special -> 'body')) end,
       (a.special ->> 'scope_id')::uuid, (a.special ->> 'replay_of')::uuid
from asked a
on conflict (id) do nothing
returning id, admitted_at is not null as admitted
