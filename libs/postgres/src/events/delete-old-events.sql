-- No more than $2 at a time, so that no delete holds its locks for long. What another sweeper has taken is left to it.
delete from event_mailbox
where ctid = any (array(
  select ctid from event_mailbox where received_at < now() - $1::interval order by received_at limit $2 for update skip locked
))
