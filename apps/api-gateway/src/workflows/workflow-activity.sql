-- What a list shows of runs and triggers, for the workflows $2 of workspace $1. $3: the midnight from which today counts.
select w.id,
       (select coalesce(array_agg(distinct t.type order by t.type), '{}') from triggers t where t.workspace_id = $1 and t.workflow_id = w.id) as trigger_types,
       (select jsonb_build_object('id', r.id, 'status', r.status, 'created_at', r.created_at)
          from runs r where r.workspace_id = $1 and r.workflow_id = w.id and r.item_index is null order by r.created_at desc, r.id desc limit 1) as last_run,
       (select count(*) from (select from runs r where r.workspace_id = $1 and r.workflow_id = w.id and r.item_index is null and r.created_at >= $3 limit 10000) today) as runs_today
from unnest($2::uuid[]) as w (id)
