-- Who is at work is who holds a live lease that names the connection: there is no counter that a crash could leave wrong.
-- Runs in the transaction of lock-paces.sql.
with wanted as (
  select key, connection_id, most, row_number() over (partition by connection_id order by place) as nth
  from unnest($1::text[], $2::uuid[], $3::int[]) with ordinality as w (key, connection_id, most, place)
), taken as (
  select e.connection_id, count(*) as places
  from effects e
  where e.connection_id = any ($2) and e.claimed_until > now() and e.idempotency_key <> all ($1)
  group by 1
)
update effects e
set connection_id = w.connection_id
from wanted w left join taken t using (connection_id)
where e.idempotency_key = w.key
  and e.claimed_by = $4
  and w.nth <= w.most - coalesce(t.places, 0)
returning e.idempotency_key
