-- Locked in the order of their ids, so that two listeners never wait for each other in a circle.
with fired as (
  select t.id, u.at
  from unnest($1::uuid[], $2::timestamptz[]) as u (id, at) join triggers t on t.id = u.id
  where t.last_fired_at is null or t.last_fired_at < u.at
  order by t.id for update of t
)
update triggers t set last_fired_at = fired.at from fired where t.id = fired.id
