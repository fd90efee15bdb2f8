-- INVARIANT: what was done and where the next page begins are one write, and only by who holds the claim ($2).
-- $3 done, $4 refused, $5 refusals, newest last, $6 cursor; $7 nothing is left
update bulk_jobs set
  done = done + $3,
  refused = refused + $4,
  last_refusals = (
    select coalesce(jsonb_agg(kept.value order by kept.place), '[]')
    from (select value, place from jsonb_array_elements(last_refusals || $5::jsonb) with ordinality as e (value, place) order by place desc limit 20) kept
  ),
  cursor = coalesce($6::jsonb, cursor),
  status = case when $7 then 'completed' when stop_requested then 'stopped' else status end,
  ended_at = case when $7 or stop_requested then clock_timestamp() end,
  claimed_until = null,
  updated_at = clock_timestamp()
where id = $1 and claimed_until::text = $2
