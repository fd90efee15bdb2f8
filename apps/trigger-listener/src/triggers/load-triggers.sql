-- $1: ids, or null for all triggers.
select id, workspace_id, workflow_id, name, type, enabled, event_type, source, filter, mapping
from triggers
where target_type = 'workflow' and ($1::uuid[] is null or id = any($1))
