select k.id, k.workspace_id, k.name, k.scopes, k.expires_at, k.last_used_at
from api_keys k
where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
