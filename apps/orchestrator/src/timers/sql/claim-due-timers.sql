update timers t set claim_at = now() + interval '30 seconds'
from (select run_id, timer_id from timers where claim_at <= now() order by claim_at limit $1 for update skip locked) due
where t.run_id = due.run_id and t.timer_id = due.timer_id
returning t.run_id, t.timer_id, t.workspace_id, (extract(epoch from now()) * 1000)::float8 as now,
          (select traceparent from runs where id = t.run_id) as traceparent
