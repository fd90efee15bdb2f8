-- What the workspaces have under these names; "found" is null where they have nothing.
select w.key,
  case w.kind
    when 'connection' then (
      select jsonb_build_object(
        'id', c.id, 'provider', c.provider, 'status', c.status, 'config', c.config, 'updated_at', c.updated_at::text,
        'rate_limit', c.rate_limit, 'concurrency', c.concurrency, 'paused', coalesce(p.next_at > now(), false))
      from connections c left join connection_pace p on p.connection_id = c.id
      where c.workspace_id = w.workspace_id and c.name = w.name)
    when 'agent' then (
      select jsonb_build_object(
        'slug', a.slug, 'instructions', a.instructions, 'provider', a.provider, 'model', a.model,
        'input_schema', a.input_schema, 'output_schema', a.output_schema,
        'required_connections', (
          select coalesce(jsonb_object_agg(required.name, c.status), '{}')
          from unnest(a.required_connections) as required (name)
          left join connections c on c.workspace_id = a.workspace_id and c.name = required.name))
      from agents a where a.workspace_id = w.workspace_id and a.slug = w.name)
  end as found
from unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) as w (key, kind, workspace_id, name)
