-- One page of the subscriptions in the order of their key, after ($1, $2): those whose run has ended or is gone are deleted.
-- A run's own writer deletes them with the run's last fact, and may subscribe again when an ended run is retried: young ones are left alone.
with page as materialized (
  select run_id, step_id from event_subscriptions where (run_id, step_id) > ($1::uuid, $2::text) order by run_id, step_id limit $3
), deleted as (
  delete from event_subscriptions s
  using page p
  where s.run_id = p.run_id and s.step_id = p.step_id and s.created_at < now() - interval '1 hour'
    and not exists (select from runs r where r.id = s.run_id and r.status in ('queued', 'running', 'waiting', 'paused'))
  returning s.run_id
)
select (select count(*) from deleted) as deleted, last.run_id, last.step_id
from (select run_id, step_id from page order by run_id desc, step_id desc limit 1) last
