-- The first end counts: a redelivered decision finds its own, and an approval that was withdrawn stays so.
update approvals a
set status = c.status, decided_by = c.decided_by, comment = c.comment, decided_at = to_timestamp(c.decided_at / 1000.0)
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[]) as c (id, status, decided_by, comment, decided_at)
where a.id = c.id and a.status = 'open'
