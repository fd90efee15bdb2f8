-- What keeps a queued run that is not admitted: who holds its lane, what its workspace has under way, and who is queued before it there.
-- Counts end at $3 (a lane's occupants at its limit).
select r.lane, r.lane_limit,
       (select count(*) from (select from runs o where o.lane = r.lane and o.admitted_at is not null and o.status in ('queued', 'running', 'waiting', 'paused') limit r.lane_limit) held) as lane_held,
       (select count(*) from (select from runs o where o.workspace_id = $1 and o.lane = r.lane and o.status = 'queued' and o.admitted_at is null and o.priority > r.priority limit $3) higher)
     + (select count(*) from (select from runs o where o.workspace_id = $1 and o.lane = r.lane and o.status = 'queued' and o.admitted_at is null and o.priority = r.priority and (o.created_at, o.id) < (r.created_at, r.id) limit $3) older) as lane_ahead,
       (select count(*) from (select from runs o where o.workspace_id = $1 and (o.status = 'running' or (o.status = 'queued' and o.admitted_at is not null)) limit $3) own) as under_way,
       (select count(*) from (select from runs o where o.workspace_id = $1 and o.status = 'queued' and o.admitted_at is null and o.priority > r.priority limit $3) higher)
     + (select count(*) from (select from runs o where o.workspace_id = $1 and o.status = 'queued' and o.admitted_at is null and o.priority = r.priority and (o.created_at, o.id) < (r.created_at, r.id) limit $3) older) as ahead
from runs r
where r.workspace_id = $1 and r.id = $2 and r.status = 'queued' and r.admitted_at is null
