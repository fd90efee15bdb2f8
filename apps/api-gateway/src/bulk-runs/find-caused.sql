-- Of these runs those in whose history an input has had its effect already.
select distinct f.run_id from unnest($2::uuid[], $3::text[]) as w (run_id, input_id)
join run_facts f on f.workspace_id = $1 and f.run_id = w.run_id and f.caused_by = w.input_id
