-- The producer has sent the event again. Not when it is the very record that was decided on: that is a redelivery to us.
with again as (
  select d.workspace_id, d.trigger_id, d.event_source, d.event_id, 1 + u.repeats as times
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[]) as u (workspace_id, trigger_id, event_source, event_id, record, repeats)
  join decisions d using (workspace_id, trigger_id, event_source, event_id)
  where d.details ->> 'record' is distinct from u.record
  order by 1, 2, 3, 4 for update of d
)
update decisions d set duplicates = d.duplicates + again.times
from again
where (d.workspace_id, d.trigger_id, d.event_source, d.event_id) = (again.workspace_id, again.trigger_id, again.event_source, again.event_id)
