delete from event_subscriptions s
using unnest($1::uuid[], $2::text[]) as u (run_id, step_id)
where s.run_id = u.run_id and s.step_id = u.step_id
