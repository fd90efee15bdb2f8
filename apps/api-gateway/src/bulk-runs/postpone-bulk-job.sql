-- Its page could not be done: somebody takes it up again after a while.
update bulk_jobs set claimed_until = clock_timestamp() + $3 * interval '1 millisecond', updated_at = clock_timestamp()
where id = $1 and claimed_until::text = $2
