select id from runs where id = any ($1) and status in ('completed', 'failed', 'cancelled', 'timed_out')
