-- Events are kept with the runs that they started.
select r.trigger -> 'event' as event
from decisions d join runs r on r.id = d.run_id and r.workspace_id = d.workspace_id
where d.workspace_id = $1 and d.event_id = $2 and r.trigger -> 'event' is not null
limit 1
