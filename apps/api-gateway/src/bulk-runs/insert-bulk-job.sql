-- $12 id, $13 action, $14 filter, $15 options, $16 actor; $1 to $11 the filter as the count needs it. Runs that begin later are not taken up.
insert into bulk_jobs (id, workspace_id, action, filter, options, actor, total, created_at, updated_at)
select $12, $1, $13, $14, $15, $16, (select count(*) from runs r where :filter and r.created_at < now()), now(), now()
returning *
