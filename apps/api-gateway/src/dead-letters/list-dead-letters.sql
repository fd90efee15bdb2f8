-- Of one workspace ($1), or of all where it is null; after the row ($2, $3, $4, $5), newest first.
select topic, partition, "offset", workspace_id, key, value, headers, error_code, error, at, at::text as at_key
from dead_letters
where ($1::uuid is null or workspace_id = $1)
  and ($2::timestamptz is null or (at, topic, partition, "offset") < ($2, $3::text, $4::int, $5::bigint))
order by at desc, topic desc, partition desc, "offset" desc
limit $6
