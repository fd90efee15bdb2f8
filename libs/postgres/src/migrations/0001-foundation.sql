-- The foundation: workspaces and who may enter, what users define, what runs did.
--
-- INVARIANT: every table that holds a workspace's data has workspace_id, row-level security enabled AND forced, and two
-- policies: flows_app sees the workspace set for the transaction (app.workspace_id), flows_engine sees all.
-- A request runs as flows_app; services that work across workspaces (orchestrator, listener, executor) run as flows_engine.
-- Hot tables (runs, run_facts, timers, effects, decisions) carry no foreign keys: a key check locks the referenced row for
-- every insert. Their references are kept by the code that writes them and checked by the invariant checkers.

do $$ begin
  if not exists (select from pg_roles where rolname = 'flows_app') then create role flows_app nologin nobypassrls; end if;
  if not exists (select from pg_roles where rolname = 'flows_engine') then create role flows_engine nologin nobypassrls; end if;
exception when duplicate_object or unique_violation then null; -- another database of the same cluster created them just now
end $$;
do $$ begin
  execute format('grant flows_app, flows_engine to %I', current_user);
end $$;
grant usage on schema public to flows_app, flows_engine;

create table workspaces (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null default now()
);

create table api_keys (
  id uuid primary key,
  workspace_id uuid not null references workspaces (id),
  name text not null,
  -- SHA-256 of the whole token; the token itself is shown once and never stored.
  hash bytea not null unique,
  prefix text not null,
  scopes text[] not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);

create table workflows (
  id uuid primary key,
  workspace_id uuid not null references workspaces (id),
  name text not null,
  description text not null default '',
  status text not null check (status in ('draft', 'active', 'inactive', 'archived')),
  -- The published version that new runs take; null until the first publish.
  current_version integer,
  -- slug@version of the template it was made from.
  template text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, id)
);
create index workflows_newest on workflows (workspace_id, created_at desc, id desc);

create table workflow_versions (
  id uuid primary key,
  workspace_id uuid not null,
  workflow_id uuid not null,
  number integer not null check (number >= 1),
  status text not null check (status in ('draft', 'published', 'archived')),
  -- FlowDefinition of libs/contracts. Immutable once published.
  definition jsonb not null,
  -- Grows with every save of a draft; the ETag is made of it.
  revision integer not null default 1,
  note text,
  author text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  published_at timestamptz,
  unique (workspace_id, workflow_id, number),
  foreign key (workspace_id, workflow_id) references workflows (workspace_id, id)
);
create unique index workflow_versions_one_draft on workflow_versions (workspace_id, workflow_id) where status = 'draft';

create table triggers (
  id uuid primary key,
  workspace_id uuid not null,
  workflow_id uuid not null,
  name text not null,
  type text not null check (type in ('crm_event', 'connector_event')),
  target_type text not null default 'workflow' check (target_type in ('workflow')),
  enabled boolean not null default true,
  -- An exact type, or one that ends in '.*'.
  event_type text not null,
  source text,
  -- CEL over `event`; null matches every event of the type.
  filter text,
  -- Event → payload; null: { event: <type>, ...event.data }.
  mapping jsonb,
  last_fired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, workflow_id) references workflows (workspace_id, id)
);
create index triggers_of_workflow on triggers (workspace_id, workflow_id);

-- Which triggers a listener has to load anew, deleted ones included. xact says when a row can have become visible: a reader that
-- remembers the xmin of its last snapshot and reads from there on misses no commit, in whatever order transactions end, without a lock.
-- Read by flows_engine only, holds nothing of a workspace; rows go after an hour (a listener loads everything once a minute).
create table trigger_changes (
  seq bigint generated always as identity primary key,
  xact xid8 not null default pg_current_xact_id(),
  trigger_id uuid not null,
  at timestamptz not null default now()
);
create index trigger_changes_xact on trigger_changes (xact);
create function log_trigger_change() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  insert into public.trigger_changes (trigger_id) values (coalesce(new.id, old.id));
  return null;
end $$;
-- Not for last_fired_at, which the listener itself writes.
create trigger triggers_log_change
  after insert or delete or update of workflow_id, name, type, enabled, event_type, source, filter, mapping on triggers
  for each row execute function log_trigger_change();

create table connections (
  id uuid primary key,
  workspace_id uuid not null references workspaces (id),
  -- What definitions call it: "crm".
  name text not null,
  provider text not null,
  role text not null check (role in ('source', 'sink', 'both')),
  status text not null default 'connected' check (status in ('connected', 'needs_reauth', 'disabled')),
  -- Settings that are no secret, such as base_url.
  config jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);

create table agents (
  id uuid primary key,
  workspace_id uuid not null references workspaces (id),
  -- What definitions call it: "lead-enricher".
  slug text not null,
  name text not null,
  instructions text not null,
  -- "offline", or "openai" (any endpoint that speaks that protocol).
  provider text not null,
  model text not null,
  input_schema jsonb not null default '{}',
  output_schema jsonb not null default '{}',
  required_connections text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, slug)
);

create table idempotency_keys (
  workspace_id uuid not null references workspaces (id),
  key text not null,
  route text not null,
  fingerprint bytea not null,
  state text not null check (state in ('in_progress', 'done')),
  status integer,
  headers jsonb,
  body text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (workspace_id, key)
);

-- One row per run. The queued row is written by whoever accepts the run, before anything is published; from then on only the
-- orchestrator writes it, conditional on seq. Status, output and error are the fold of run_facts, kept for lists.
-- INVARIANT: what is sent again must be the same to the byte, so documents are json (kept as written), not jsonb (keys reordered).
create table runs (
  id uuid primary key,
  workspace_id uuid not null,
  workflow_id uuid not null,
  version integer not null,
  status text not null default 'queued'
    check (status in ('queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'timed_out')),
  waiting_for text,
  -- Number of the last fact; the version of the row for conditional writes.
  seq integer not null default 0,
  payload json not null,
  trigger_type text not null,
  trigger_id uuid,
  event_id text,
  -- RunTrigger of libs/contracts, with the event.
  trigger json not null,
  output json,
  error json,
  via_fallback boolean not null default false,
  cost json,
  steps_done integer not null default 0,
  steps_total integer not null default 0,
  traceparent text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  -- When a sweep should look whether the run is still cared for: what it has open is then commanded again.
  wake_at timestamptz not null default now() + interval '10 seconds',
  -- The run's time-out.
  expires_at timestamptz not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- By creation, not by id: the id of a run that an event started carries the time of the event.
create index runs_newest on runs (workspace_id, created_at desc, id desc);
create index runs_of_workflow on runs (workspace_id, workflow_id, created_at desc, id desc);
-- Runs with something under way, for the sweep: bounded by what is in flight, not by what exists.
create index runs_in_flight on runs (id) where status in ('queued', 'running');
create index runs_expiry on runs (expires_at) where status in ('queued', 'running', 'waiting', 'paused');

-- The history, and at once the outbox: a fact names the input that caused it, so that a redelivered input finds what it had caused.
create table run_facts (
  run_id uuid not null,
  seq integer not null,
  workspace_id uuid not null,
  type text not null,
  at timestamptz not null,
  step_id text,
  data json not null,
  caused_by text not null,
  primary key (run_id, seq)
);

-- Deleted when the run has folded the firing. Firing again is harmless.
create table timers (
  run_id uuid not null,
  timer_id text not null,
  workspace_id uuid not null,
  due_at timestamptz not null,
  -- When the poller may take it: due_at at first, a while ahead once taken, so that a firing that got lost is fired again.
  claim_at timestamptz not null,
  primary key (run_id, timer_id)
) with (autovacuum_vacuum_scale_factor = 0.05);
create index timers_claim on timers (claim_at);

-- The effect ledger. One row per idempotency key that may reach a provider with an effect.
create table effects (
  idempotency_key text primary key,
  workspace_id uuid not null,
  run_id uuid not null,
  step_id text not null,
  attempt_id text not null,
  -- The last attempt that took the key: an earlier one that comes back late changes nothing any more.
  attempt integer not null,
  -- Whether the provider recognises the key, so that a call whose end nobody saw may be repeated. Else such an effect is in doubt.
  keyed boolean not null,
  state text not null check (state in ('intended', 'done', 'failed', 'in_doubt')),
  -- SHA-256 of what was sent: the same key never goes out with other bytes.
  request_hash bytea not null,
  claimed_by text,
  claimed_until timestamptz,
  -- The outcome to report again when the command comes again.
  outcome json,
  receipt json,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 80);
create index effects_of_run on effects (run_id);

-- For each event and trigger why a flow did or did not start, written in one transaction with the queued run.
create table decisions (
  workspace_id uuid not null,
  trigger_id uuid not null,
  event_source text not null,
  event_id text not null,
  event_type text not null,
  subject text,
  verdict text not null,
  reason text not null,
  details jsonb not null default '{}',
  run_id uuid,
  -- How often the producer has sent the event again. The verdict stays the first one.
  duplicates integer not null default 0,
  at timestamptz not null default now(),
  primary key (workspace_id, trigger_id, event_source, event_id)
);
create index decisions_of_event on decisions (workspace_id, event_id);
create index decisions_newest on decisions (workspace_id, trigger_id, at desc);

-- What could not be processed, beside the <topic>.dlq record. workspace_id is null where none is known: the installation's.
create table dead_letters (
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  workspace_id uuid,
  key text,
  value bytea,
  headers jsonb not null,
  error_code text not null,
  error text not null,
  at timestamptz not null default now(),
  primary key (topic, partition, "offset")
);
create index dead_letters_newest on dead_letters (at desc);

-- Row-level security and grants, the same for every table with a workspace.
do $$
declare t text;
begin
  foreach t in array array['api_keys', 'workflows', 'workflow_versions', 'triggers', 'connections', 'agents', 'idempotency_keys',
                           'runs', 'run_facts', 'timers', 'effects', 'decisions', 'dead_letters'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy workspace on %I to flows_app
      using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)$p$, t);
    execute format('create policy engine on %I to flows_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to flows_engine', t);
  end loop;
  alter table workspaces enable row level security;
  alter table workspaces force row level security;
  create policy workspace on workspaces for select to flows_app
    using (id = nullif(current_setting('app.workspace_id', true), '')::uuid);
  create policy engine on workspaces to flows_engine using (true) with check (true);
end $$;
grant select, insert on workspaces to flows_engine;
grant select, delete on trigger_changes to flows_engine;
grant select on workspaces to flows_app;
grant select, insert, update on workflows, workflow_versions, connections, agents, idempotency_keys, api_keys to flows_app;
grant select, insert, update, delete on triggers to flows_app;
grant delete on workflow_versions, connections, agents, idempotency_keys to flows_app;
-- A request reads what runs did and accepts new ones; it never writes history.
grant select, insert on runs to flows_app;
grant select on run_facts, timers, effects, decisions, dead_letters to flows_app;
-- Services ask whether the schema is the one they know before they say that they are ready.
grant select on migrations to flows_app, flows_engine;

-- Undoes the statement that calls it unless every row that it meant to write was written (see the fencing of runs).
create function assert_all_written(wanted bigint, written bigint) returns void language plpgsql as $$
begin
  if wanted is distinct from written then
    raise exception 'wrote % of % rows: somebody else was ahead', written, wanted using errcode = 'serialization_failure';
  end if;
end $$;
