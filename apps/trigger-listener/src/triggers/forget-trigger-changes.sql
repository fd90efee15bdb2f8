delete from trigger_changes where at < now() - interval '1 hour'
