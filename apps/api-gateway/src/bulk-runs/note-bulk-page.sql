-- What the page is about, before anything is done: whoever does it again does it with the same runs, whatever their states came to.
update bulk_jobs set cursor = $3 where id = $1 and claimed_until::text = $2
