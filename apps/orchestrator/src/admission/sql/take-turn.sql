-- One admitter at a time over all replicas: who gets the lock deals until the end of its transaction, the others go idle.
-- The statements after it read in the order of indexes that were made for them, whatever statistics say of a young table, and keep
-- their plans. MEASURED: with 50,000 queued, a sort of the backlog instead of the index takes 55 ms a round.
select pg_try_advisory_xact_lock(4001, 1) as mine, set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)
