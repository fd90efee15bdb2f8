-- The job that has waited longest for its turn. The instant until which it is claimed says whose it is.
update bulk_jobs set claimed_until = clock_timestamp() + $1 * interval '1 millisecond', updated_at = clock_timestamp()
where id = (
  select id from bulk_jobs
  where status = 'running' and (claimed_until is null or claimed_until <= clock_timestamp())
  order by updated_at
  limit 1
  for update skip locked
)
returning *, claimed_until::text as claim
