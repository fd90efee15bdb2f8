-- The provider asked for a pause: no call begins before it is over, and then one after the other ("tolerance" takes the burst away).
insert into connection_pace as p (workspace_id, connection_id, next_at)
values ($1, $2, now() + ($3::float8 + $4::float8) * interval '1 millisecond')
on conflict (connection_id) do update set next_at = greatest(p.next_at, excluded.next_at)
