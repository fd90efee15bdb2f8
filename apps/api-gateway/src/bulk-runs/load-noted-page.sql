select r.id, r.status, r.waiting_for, r.seq, r.item_index, r.traceparent, :cancelling as cancelling, r.created_at::text as created_key
from runs r
where r.workspace_id = $1 and r.id = any ($2)
order by r.created_at desc, r.id desc
