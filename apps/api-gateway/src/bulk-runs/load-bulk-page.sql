-- $1 to $11 the filter, $12 the job: runs that begin after it are not taken up, ($13, $14) the last run taken, $15 limit
select r.id, r.status, r.waiting_for, r.seq, r.item_index, r.traceparent, :cancelling as cancelling, r.created_at::text as created_key
from runs r
where :filter
  and r.created_at < (select created_at from bulk_jobs where workspace_id = $1 and id = $12)
  and ($13::timestamptz is null or (r.created_at, r.id) < ($13, $14::uuid))
order by r.created_at desc, r.id desc
limit $15
