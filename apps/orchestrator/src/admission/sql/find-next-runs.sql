-- Of each workspace ($1) the next runs that may start, up to its places ($2): by priority, then age, without those of full lanes.
-- Looks at the first $3 of its backlog; `scanned` says how many there were.
-- The limit of a lane is that of its next run. A lane's occupants are counted once, at its next run, up to that limit.
select w.workspace_id, found.scanned, found.ids, found.priorities, found.created
from unnest($1::uuid[], $2::int[]) as w (workspace_id, places)
cross join lateral (
  select max(n.scanned)::int as scanned,
         coalesce(array_agg(n.id order by n.place) filter (where n.free and n.place <= w.places), '{}') as ids,
         coalesce(array_agg(n.priority order by n.place) filter (where n.free and n.place <= w.places), '{}') as priorities,
         coalesce(array_agg((extract(epoch from n.created_at) * 1000000)::float8 order by n.place) filter (where n.free and n.place <= w.places), '{}') as created
  from (
    select f.*, row_number() over (partition by f.free order by f.priority desc, f.created_at, f.id) as place
    from (
      select o.id, o.priority, o.created_at, o.scanned,
             o.lane is null or o.occupied + o.lane_place <= o.limit_so_far as free
      from (
        select q.*, max(case when q.lane is not null and q.lane_place = 1 then
                 (select count(*) from (select from runs l where l.lane = q.lane and l.admitted_at is not null and l.status in ('queued', 'running', 'waiting', 'paused') limit q.next_limit) held)
               end) over (partition by q.lane) as occupied
        from (
          select b.*, count(*) over () as scanned,
                 row_number() over (partition by b.lane order by b.priority desc, b.created_at, b.id) as lane_place,
                 first_value(b.lane_limit) over (partition by b.lane order by b.priority desc, b.created_at, b.id) as next_limit,
                 min(b.lane_limit) over (partition by b.lane order by b.priority desc, b.created_at, b.id) as limit_so_far
          from (
            select r.id, r.priority, r.created_at, r.lane, r.lane_limit
            from runs r
            where r.workspace_id = w.workspace_id and r.status = 'queued' and r.admitted_at is null
            order by r.priority desc, r.created_at, r.id
            limit $3
          ) b
        ) q
      ) o
    ) f
  ) n
) found
