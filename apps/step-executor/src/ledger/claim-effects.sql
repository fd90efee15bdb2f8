-- Takes what may be called now and says of the rest why not; see the table in effect.ledger.ts.
-- "before" is each row as it was when the statement began. Locks rows in the order of their keys.
with wanted as (
  select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::boolean[], $8::bytea[])
    as w (idempotency_key, workspace_id, run_id, step_id, attempt_id, attempt, keyed, request_hash)
), claimed as (
  insert into effects as e (idempotency_key, workspace_id, run_id, step_id, attempt_id, attempt, keyed, request_hash, state, claimed_by, claimed_until)
  select w.*, 'intended', $9, now() + $10 * interval '1 millisecond' from wanted w order by w.idempotency_key
  on conflict (idempotency_key) do update
    set attempt_id = excluded.attempt_id,
        attempt = excluded.attempt,
        state = case when e.state = 'intended' and not e.keyed then 'in_doubt' else 'intended' end,
        outcome = null,
        claimed_by = excluded.claimed_by,
        claimed_until = excluded.claimed_until,
        connection_id = null,
        updated_at = now()
    where e.workspace_id = excluded.workspace_id
      and e.request_hash = excluded.request_hash
      and (e.state = 'intended' and e.attempt <= excluded.attempt and e.claimed_until <= now()
        or e.state = 'failed' and e.attempt < excluded.attempt
        or e.state = 'in_doubt' and e.keyed and e.attempt < excluded.attempt)
  returning e.idempotency_key, e.state
)
select w.idempotency_key,
       c.state as claimed,
       before.state,
       before.attempt,
       before.outcome,
       before.claimed_by,
       before.updated_at,
       before.workspace_id = w.workspace_id and before.request_hash = w.request_hash as same_request,
       greatest(0, extract(epoch from before.claimed_until - now()) * 1000)::float8 as held_ms
from wanted w
left join claimed c using (idempotency_key)
left join effects before using (idempotency_key)
