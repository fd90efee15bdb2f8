-- The same for workspaces whose first runs all stand in full lanes: looks lane by lane, at $4 lanes of each workspace from the one after
-- $3 on, whatever length they have. `lanes` says how many there were, `last_lane` where to go on.
select w.workspace_id, found.*
from unnest($1::uuid[], $2::int[], $3::text[]) as w (workspace_id, places, after)
cross join lateral (
  with recursive lanes (lane, number) as (
    (select r.lane, 1 from runs r where r.workspace_id = w.workspace_id and r.status = 'queued' and r.admitted_at is null and r.lane > w.after order by r.lane limit 1)
    union all
    select (select r.lane from runs r where r.workspace_id = w.workspace_id and r.status = 'queued' and r.admitted_at is null and r.lane > l.lane order by r.lane limit 1), l.number + 1
    from lanes l
    where l.lane is not null and l.number < $4
  ), heads as (
    select h.*, row_number() over (order by h.priority desc, h.created_at, h.id) as place
    from lanes l
    cross join lateral (
      select r.lane_limit from runs r
      where r.workspace_id = w.workspace_id and r.status = 'queued' and r.admitted_at is null and r.lane = l.lane
      order by r.priority desc, r.created_at, r.id
      limit 1
    ) next
    cross join lateral (
      select count(*) as occupied
      from (select from runs o where o.lane = l.lane and o.admitted_at is not null and o.status in ('queued', 'running', 'waiting', 'paused') limit next.lane_limit) held
    ) lane
    cross join lateral (
      select r.id, r.priority, r.created_at, row_number() over (order by r.priority desc, r.created_at, r.id) as lane_place,
             min(r.lane_limit) over (order by r.priority desc, r.created_at, r.id) as limit_so_far
      from runs r
      where r.workspace_id = w.workspace_id and r.status = 'queued' and r.admitted_at is null and r.lane = l.lane
      order by r.priority desc, r.created_at, r.id
      limit least(next.lane_limit - lane.occupied, w.places)
    ) h
    where l.lane is not null and lane.occupied + h.lane_place <= h.limit_so_far
  )
  select (select count(lane)::int from lanes) as lanes, (select max(lane) from lanes) as last_lane,
         coalesce(array_agg(h.id order by h.place), '{}') as ids,
         coalesce(array_agg(h.priority order by h.place), '{}') as priorities,
         coalesce(array_agg((extract(epoch from h.created_at) * 1000000)::float8 order by h.place), '{}') as created
  from heads h
  where h.place <= w.places
) found
