insert into awaited_event_types (workspace_id, event_type) select $1, t from unnest($2::text[]) as t order by t on conflict do nothing
