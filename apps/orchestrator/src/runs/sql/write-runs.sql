-- One batch, one statement, one commit. The runs' rows, their facts, the timers that these arm and disarm.
-- INVARIANT (fencing): a run is written only when its seq is still the one that was read. Facts of a loser collide on
-- (run_id, seq), or assert_all_written finds a row short; either error undoes the whole statement, and the batch folds again.
with updated as (
  update runs r set
    status = u.status, waiting_for = u.waiting_for, seq = u.seq, output = u.output, error = u.error, via_fallback = u.via_fallback,
    cost = u.cost, steps_done = u.steps_done, steps_total = u.steps_total,
    started_at = to_timestamp(u.started_at / 1000.0), ended_at = to_timestamp(u.ended_at / 1000.0), wake_at = to_timestamp(u.wake_at / 1000.0),
    waiting_since = to_timestamp(u.waiting_since / 1000.0),
    cancel_requested_at = to_timestamp(u.cancel_requested_at / 1000.0),
    expires_at = coalesce(to_timestamp(u.expires_at / 1000.0), r.expires_at),
    -- Begun without a place, as a request does that was under way when the run was paused and resumed: it holds one from now on.
    admitted_at = case when u.requeued then null when u.begun then coalesce(r.admitted_at, now()) else r.admitted_at end
  from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::json[], $7::json[], $8::bool[], $9::json[], $10::int[], $11::int[],
              $12::float8[], $13::float8[], $14::float8[], $15::float8[], $16::float8[], $17::float8[], $18::bool[], $19::bool[])
    as u (id, expected_seq, seq, status, waiting_for, output, error, via_fallback, cost, steps_done, steps_total, started_at, ended_at, wake_at,
          waiting_since, cancel_requested_at, expires_at, requeued, begun)
  where r.id = u.id and r.seq = u.expected_seq
  returning 1
), facts as (
  insert into run_facts (run_id, seq, workspace_id, type, at, step_id, data, caused_by)
  select f.run_id, f.seq, f.workspace_id, f.type, to_timestamp(f.at / 1000.0), f.step_id, f.data, f.caused_by
  from unnest($20::uuid[], $21::int[], $22::uuid[], $23::text[], $24::float8[], $25::text[], $26::json[], $27::text[])
    as f (run_id, seq, workspace_id, type, at, step_id, data, caused_by)
), armed as (
  insert into timers (run_id, timer_id, workspace_id, due_at, claim_at)
  select t.run_id, t.timer_id, t.workspace_id, to_timestamp(t.due_at / 1000.0), to_timestamp(t.due_at / 1000.0)
  from unnest($28::uuid[], $29::text[], $30::uuid[], $31::float8[]) as t (run_id, timer_id, workspace_id, due_at)
  on conflict do nothing
), disarmed as (
  delete from timers t using unnest($32::uuid[], $33::text[]) as d (run_id, timer_id)
  where t.run_id = d.run_id and t.timer_id = d.timer_id
)
select assert_all_written(cardinality($1::uuid[]), (select count(*) from updated))
