-- The gauge flows.runs.orphaned: runs that have not ended and that nothing would ever move again. It is 0, or somebody must look.
-- $1: milliseconds after which a sweep, a poller or an executor counts as gone.
-- A running run is in the sweep's care for as long as its wake_at is put off; a waiting one needs what it waits for.
select count(*)::int as orphaned, (array_agg(r.id order by r.created_at))[1:10] as oldest
from runs r
where r.status in ('queued', 'running', 'waiting')
  and case r.status
        when 'waiting' then
          r.waiting_for is distinct from 'reauth'
          and not exists (select from timers t where t.run_id = r.id and t.claim_at > now() - $1 * interval '1 millisecond')
          and not exists (select from event_subscriptions s where s.run_id = r.id)
          and not exists (select from approvals a where a.run_id = r.id and a.status = 'open')
        else r.admitted_at is not null and r.wake_at < now() - $1 * interval '1 millisecond'
      end
