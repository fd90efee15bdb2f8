-- For each wait the oldest events of the mailbox that it may be for, in the order of their receipt and after the one that it has got to:
-- at most $12 of each, and $13 in all, those of the first waits first.
-- With a search key (a hash of its path and value) they are found by that, whatever else came; else by their type, from `since` on,
-- where the search ends at the last one that is asked for. The value at the path is compared in any case.
select u.nth - 1 as nth, m.event, m.received_at::text as received_at, m.source, m.id
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::json[], $6::jsonb[], $7::int[], $8::float8[], $9::timestamptz[], $10::text[], $11::text[])
  with ordinality as u (workspace_id, type, first_type, end_type, path, value, search_key, since_ms, after_at, after_source, after_id, nth)
cross join lateral (
  select case when u.path is not null then array(select json_array_elements_text(u.path)) end as path,
    coalesce(u.after_at, to_timestamp(u.since_ms / 1000.0)) as at,
    coalesce(u.after_source, '') as source, coalesce(u.after_id, '') as id
) w
cross join lateral (
  select found.event, found.received_at, found.source, found.id
  from (
    (
      -- `offset 0`: found by the keys alone, whatever the planner believes about the other conditions.
      select k.event, k.received_at, k.source, k.id
      from (select * from event_mailbox m where u.search_key is not null and m.keys @> array[u.search_key] offset 0) k
      where k.workspace_id = u.workspace_id and k.received_at >= w.at and (k.received_at, k.source, k.id) > (w.at, w.source, w.id)
        and (k.type = u.type or (k.type >= u.first_type and k.type < u.end_type)) and (k.event #> w.path)::jsonb = u.value
      order by k.received_at, k.source, k.id limit $12
    )
    union all
    (
      select m.event, m.received_at, m.source, m.id
      from event_mailbox m
      where u.search_key is not null and m.keys is null and m.workspace_id = u.workspace_id
        and m.received_at >= w.at and (m.received_at, m.source, m.id) > (w.at, w.source, w.id)
        and (m.type = u.type or (m.type >= u.first_type and m.type < u.end_type)) and (m.event #> w.path)::jsonb = u.value
      order by m.received_at, m.source, m.id limit $12
    )
    union all
    (
      -- A pattern: the index is jumped along from type to type, and each is read in the order of receipt.
      with recursive types (type) as (
        select u.type collate "C"
        union all
        (select m.type from event_mailbox m
         where m.workspace_id = u.workspace_id and m.type >= u.first_type and m.type < u.end_type
         order by m.workspace_id, m.type limit 1)
        union all
        select (select m.type from event_mailbox m
                where m.workspace_id = u.workspace_id and m.type > t.type and m.type < u.end_type
                order by m.workspace_id, m.type limit 1)
        from types t where t.type >= u.first_type
      )
      select each.event, each.received_at, each.source, each.id
      from types t
      cross join lateral (
        select m.event, m.received_at, m.source, m.id
        from event_mailbox m
        where u.search_key is null and m.workspace_id = u.workspace_id and m.type = t.type
          and m.received_at >= w.at and (m.received_at, m.source, m.id) > (w.at, w.source, w.id)
          and (w.path is null or (m.event #> w.path)::jsonb = u.value)
        order by m.workspace_id, m.type, m.received_at, m.source, m.id limit $12
      ) each
      order by each.received_at, each.source, each.id limit $12
    )
  ) found
  order by found.received_at, found.source, found.id limit $12
) m
order by u.nth, m.received_at, m.source, m.id
limit $13
