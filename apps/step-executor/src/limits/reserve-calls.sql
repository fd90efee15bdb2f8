-- Reserves calls by GCRA: of n calls that are asked for, those that may begin within $5 ms are granted and move next_at; the others are
-- told when to come again, each a gap after the one before, and move tail_at only, so that no more calls are promised than made.
-- A call may begin "tolerance" before its instant, which makes the burst. All in milliseconds from now, by the database's clock.
with wanted as (
  select * from unnest($1::uuid[], $2::int[], $3::float8[], $4::float8[]) as w (connection_id, asked, gap, tolerance)
)
update connection_pace p
set (next_at, tail_at) = (
  select b.base + g.granted * w.gap * interval '1 millisecond',
         case when g.granted = w.asked then p.tail_at
              else greatest(p.tail_at, b.base + (g.granted * w.gap - w.tolerance) * interval '1 millisecond')
                + (w.asked - g.granted) * w.gap * interval '1 millisecond' end
  from (select greatest(p.next_at, now()) as base) b
  cross join lateral (select extract(epoch from b.base - now()) * 1000 - w.tolerance as first_ms) f
  cross join lateral (
    select case when f.first_ms > $5 then 0
                when w.gap = 0 then w.asked
                else least(w.asked, floor(($5 - f.first_ms) / w.gap) + 1) end::int as granted
  ) g
)
from wanted w
where p.connection_id = w.connection_id
returning p.connection_id,
  (extract(epoch from greatest(old.next_at, now()) - now()) * 1000)::float8 as base_ms,
  (extract(epoch from new.next_at - now()) * 1000)::float8 as next_ms,
  (extract(epoch from old.tail_at - now()) * 1000)::float8 as tail_ms
