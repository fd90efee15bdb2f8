-- The workflows that flow steps name, by id or by name within the workspace. The oldest of several with one name.
select w.ref, w.workspace_id, f.id, f.status, f.current_version as version
from unnest($1::uuid[], $2::text[], $3::uuid[]) as w (workspace_id, ref, id)
cross join lateral (
  select id, status, current_version from workflows f
  where f.workspace_id = w.workspace_id and (f.id = w.id or w.id is null and f.name = w.ref and f.status <> 'archived')
  order by f.created_at, f.id
  limit 1
) f
