-- Those who take places of one connection do so one after the other.
select connection_id from connection_pace where connection_id = any ($1) order by connection_id for update
