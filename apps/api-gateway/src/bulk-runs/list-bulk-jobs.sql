-- Ids are UUIDv7, drawn at creation: newest first by id alone.
select * from bulk_jobs where workspace_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3
