-- The engine, whole: child runs, admission, waits for events, approvals, bulk control, rate limits.

-- Child runs: a flow step's run, or one item of a foreach step. Their ids are derived from the parent's, so a second spawn finds the first.
alter table runs
  add column parent_run_id uuid,
  add column parent_step_id text,
  -- Of an item: its place in the list. Null for every run that lists show.
  add column item_index integer,
  add column depth integer not null default 0,
  -- Of an item: the foreach steps, outermost first, whose sub-graph it runs, and where its outer data is kept.
  add column body text[],
  add column scope_id uuid,
  add column replay_of uuid,
  -- Admission: what is queued starts when admitted_at is set. Accepted at once where the workspace has little under way, else by the admitter.
  add column admitted_at timestamptz,
  add column priority integer not null default 0,
  -- '<workflow id>:<key>' where the workflow limits its concurrency, and the limit as of the run's version.
  add column lane text,
  add column lane_limit integer,
  -- Since when the run waits for what waiting_for says.
  add column waiting_since timestamptz,
  -- Attempts that were scheduled before are told to stop.
  add column cancel_requested_at timestamptz;
-- Lists show no items, of which there may be thousands per run.
drop index runs_newest, runs_of_workflow;
create index runs_newest on runs (workspace_id, created_at desc, id desc) where item_index is null;
create index runs_of_workflow on runs (workspace_id, workflow_id, created_at desc, id desc) where item_index is null;
-- Who is to go on when a connection is re-authorised: of several waits a row says the one that most needs somebody.
create index runs_needing_somebody on runs (workspace_id, created_at desc, id desc) where waiting_for in ('reauth', 'approval');
create index runs_children on runs (parent_run_id, parent_step_id, item_index) where parent_run_id is not null;
-- What was accepted before there was admission has been published already.
update runs set admitted_at = created_at where status in ('queued', 'running', 'waiting', 'paused');
-- Queued runs that nobody has admitted, in the order in which a workspace's own runs start.
create index runs_backlog_children on runs (created_at, id) where status = 'queued' and admitted_at is null and parent_run_id is not null;
create index runs_backlog on runs (workspace_id, priority desc, created_at, id) where status = 'queued' and admitted_at is null;
-- The same by lane: a lane's next run is found without walking over those of full lanes.
create index runs_lane_queues on runs (workspace_id, lane, priority desc, created_at, id)
  where status = 'queued' and admitted_at is null and lane is not null;
-- Who holds a place in a lane: from admission to the end.
create index runs_lanes on runs (lane) where lane is not null and admitted_at is not null
  and status in ('queued', 'running', 'waiting', 'paused');
-- Under way, and queued without being admitted, by workspace; the first replaces runs_in_flight. The workspace alone is the key: equal
-- keys share an entry and PostgreSQL clears out those of ended runs as it inserts. MEASURED: after 150,000 runs without a vacuum the
-- first has 16 kB, and with the id in its key it has 10 MB that every count walks over.
create index runs_under_way on runs (workspace_id) where status = 'running' or (status = 'queued' and admitted_at is not null);
create index runs_not_admitted on runs (workspace_id) where status = 'queued' and admitted_at is null;
drop index runs_in_flight;
-- Runs of the workspace that are under way or wait to be, each counted up to the bound. A function, so that its plan is kept: the
-- statement that accepts runs is planned anew for most of its calls, and would plan these counts each time.
create function places_taken(workspace uuid, bound bigint) returns bigint language plpgsql stable as $$
begin
  return (select count(*) from (select from runs where workspace_id = workspace and (status = 'running' or (status = 'queued' and admitted_at is not null)) limit bound) under_way)
       + (select count(*) from (select from runs where workspace_id = workspace and status = 'queued' and admitted_at is null limit bound) backlog);
end $$;

-- What the items of one foreach step see of the outside: written once, read by every item's run.
create table run_scopes (
  id uuid primary key,
  workspace_id uuid not null,
  -- Whose payload and trigger expressions see.
  root_run_id uuid not null,
  -- RunScope of libs/run-machine: outer steps that the sub-graph refers to.
  data json not null,
  created_at timestamptz not null default now()
);

-- What is old is found without walking over the rest.
create index run_scopes_age on run_scopes (created_at);

-- Event types that a published version of the workspace waits for (exact, or ending in ".*"). Never removed: runs in flight may still wait.
create table awaited_event_types (
  workspace_id uuid not null,
  event_type text not null,
  primary key (workspace_id, event_type)
);

-- Events that a wait of this workspace may be for, kept so that one that came before its wait began is found. Purged after 8 days.
create table event_mailbox (
  workspace_id uuid not null,
  source text not null,
  id text not null,
  -- In the order of its bytes, so that the types below "lead.*" are one range of the index.
  type text collate "C" not null,
  subject text,
  -- ReceivedEvent of libs/contracts.
  event json not null,
  -- Hashes of (workspace, path, value) of the event's texts and numbers: a wait finds what it correlates with, whatever the path.
  -- Null for an event that has too many.
  keys integer[],
  received_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, source, id)
);
create index event_mailbox_newest on event_mailbox (workspace_id, type, received_at);
create index event_mailbox_unkeyed on event_mailbox (workspace_id, received_at) where keys is null;
-- Every search reads through the list of pending entries: it is kept as short as it may be, which costs a search nothing that can be
-- measured, and makes storing a third cheaper than without the list.
create index event_mailbox_keys on event_mailbox using gin (keys) with (fastupdate = on, gin_pending_list_limit = 64);
create index event_mailbox_age on event_mailbox (received_at);

-- Open waits for an event. key_path and key_value (canonical JSON, or its hash where that is long) are the wait's correlation; both null: every event of the type is tried.
create table event_subscriptions (
  run_id uuid not null,
  step_id text not null,
  workspace_id uuid not null,
  event_type text not null,
  key_path text[],
  key_value text,
  since timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (run_id, step_id)
);
create index event_subscriptions_match on event_subscriptions (workspace_id, event_type, key_path, key_value);

-- The inbox: open approvals, and decided ones for 30 days. The run's facts are the truth; this is what people look at.
create table approvals (
  -- The approval_id of the fact step.awaiting_approval.
  id text primary key,
  workspace_id uuid not null,
  run_id uuid not null,
  workflow_id uuid not null,
  step_id text not null,
  step_run_id uuid not null,
  stage text not null check (stage in ('step', 'input', 'output')),
  artefact json not null,
  assignees text[] not null,
  due_at timestamptz,
  status text not null default 'open' check (status in ('open', 'approved', 'rejected', 'expired', 'withdrawn')),
  decided_by text,
  comment text,
  requested_at timestamptz not null,
  decided_at timestamptz
);
create index approvals_inbox on approvals (workspace_id, requested_at desc, id desc);
create index approvals_of_run on approvals (run_id);
create index approvals_decided on approvals (decided_at) where decided_at is not null;

-- One action over all runs that a filter finds: durable, with progress, stoppable.
create table bulk_jobs (
  id uuid primary key,
  workspace_id uuid not null,
  action text not null check (action in ('pause', 'resume', 'cancel', 'terminate', 'retry', 'replay')),
  filter jsonb not null,
  options jsonb not null default '{}',
  actor text not null,
  status text not null default 'running' check (status in ('running', 'completed', 'stopped')),
  -- Runs that matched when the job began; the job never takes up newer ones.
  total integer not null default 0,
  done integer not null default 0,
  -- Runs whose state did not allow the action.
  refused integer not null default 0,
  last_refusals jsonb not null default '[]',
  -- BulkCursor of the gateway: where the next page begins, and the runs of the page that is being done.
  cursor jsonb,
  claimed_until timestamptz,
  stop_requested boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz
);
create index bulk_jobs_running on bulk_jobs (claimed_until) where status = 'running';

-- Rate limits: how many calls a connection may make, and when the next one may begin (GCRA: one instant per connection, no counter to go wrong).
alter table connections
  -- { "limit": 10, "per": "1s" }, or null.
  add column rate_limit jsonb,
  -- Attempts under way at a time over all executors, or null.
  add column concurrency integer;
create table connection_pace (
  workspace_id uuid not null,
  connection_id uuid primary key,
  -- Theoretical arrival time of the next call.
  next_at timestamptz not null
);

do $$
declare t text;
begin
  foreach t in array array['run_scopes', 'awaited_event_types', 'event_mailbox', 'event_subscriptions', 'approvals', 'bulk_jobs', 'connection_pace'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy workspace on %I to flows_app
      using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
      with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)$p$, t);
    execute format('create policy engine on %I to flows_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to flows_engine', t);
  end loop;
end $$;
grant select, insert on awaited_event_types to flows_app;
grant select on run_scopes, event_mailbox, event_subscriptions, approvals, connection_pace to flows_app;
grant select, insert, update on bulk_jobs to flows_app;
