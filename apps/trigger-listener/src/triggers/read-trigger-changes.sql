-- What changed since the snapshot whose xmin was $1, and the xmin of this snapshot: every transaction below it has ended, so its changes are in this answer.
select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
       coalesce((select jsonb_agg(jsonb_build_object('seq', seq, 'trigger_id', trigger_id)) from trigger_changes where xact >= $1::text::xid8), '[]') as changes
