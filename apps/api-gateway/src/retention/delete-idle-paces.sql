-- A connection that nobody has called for a day begins with a new row as it would with this one: executors write it again.
delete from connection_pace where ctid = any (array(
  select ctid from connection_pace where greatest(next_at, tail_at) < now() - interval '1 day' limit $1 for update skip locked))
