-- Child runs that wait for a place in their lane. Neither the window nor the share keeps them: their parents hold places while they wait
-- for them, and would hold them for ever. The oldest $1 are looked at.
with waiting as (
  select id, lane, lane_limit, row_number() over (partition by lane order by created_at, id) as lane_place
  from (
    select id, lane, lane_limit, created_at from runs
    where status = 'queued' and admitted_at is null and parent_run_id is not null
    order by created_at, id
    limit $1
  ) oldest
)
select w.id
from waiting w
cross join lateral (
  select count(*) as occupied
  from (select from runs o where o.lane = w.lane and o.admitted_at is not null and o.status in ('queued', 'running', 'waiting', 'paused') limit w.lane_limit) held
) lane
where w.lane is null or lane.occupied + w.lane_place <= w.lane_limit
