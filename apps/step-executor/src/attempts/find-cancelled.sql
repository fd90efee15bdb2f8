-- Of these attempts the ones that nobody waits for: their run is over, or it was told to stop after they were scheduled.
-- Strictly after: what a cancelled run does on its way out is scheduled at the moment of its cancellation.
select w.attempt_id
from unnest($1::text[], $2::uuid[], $3::float8[]) as w (attempt_id, run_id, scheduled_at)
join runs r on r.id = w.run_id
where r.status in ('completed', 'failed', 'cancelled', 'timed_out')
   or date_trunc('milliseconds', r.cancel_requested_at) > to_timestamp(w.scheduled_at / 1000)
