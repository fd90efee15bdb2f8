-- Only the state of the connection that was called through: one that was authorised again meanwhile stays connected.
update connections
set status = 'needs_reauth', updated_at = clock_timestamp()
where workspace_id = $1 and name = $2 and status = 'connected' and ($3::timestamptz is null or updated_at = $3)
