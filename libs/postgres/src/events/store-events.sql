-- Rows are written in the order of the key: two listeners that got the same events wait for each other, never in a circle.
-- They keep the order of their arrival: it is the order in which waits try them.
insert into event_mailbox (workspace_id, source, id, type, subject, event, keys, received_at)
select u.workspace_id, u.source, u.id, u.type, u.subject, u.event, u.keys::integer[], statement_timestamp() + u.nth * interval '1 microsecond'
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::text[])
  with ordinality as u (workspace_id, source, id, type, subject, event, keys, nth)
order by u.workspace_id, u.source, u.id
on conflict do nothing
returning workspace_id, source, id
