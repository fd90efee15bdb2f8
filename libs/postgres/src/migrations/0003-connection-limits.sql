-- Limits of connections: who is at work through one, and where the queue for its next calls ends.

-- The connection whose place the effect's lease holds while it is under way; null as soon as it ends, and where nothing is limited.
alter table effects add column connection_id uuid;
create index effects_at_work on effects (connection_id) where connection_id is not null;

-- When the last of those who were told to come again is to come.
alter table connection_pace add column tail_at timestamptz not null default '-infinity';
