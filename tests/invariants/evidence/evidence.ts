import type { FlowDefinition, JsonObject, JsonValue, RunFact, RunStatus, RunTrigger, Topics } from '@flows/contracts';

/**
 * All that is left of what happened, as it lies in the database, on the topics, at the provider and with the client, for pure functions
 * to judge. Ids are plain UUIDs, times Unix milliseconds. Nothing here was computed by the product's own rules.
 */
export interface Evidence {
  /** When it was taken, by the database's clock. */
  takenAt: number;
  topicNames: Topics;
  conditions: Conditions;
  runs: RunRow[];
  facts: FactRow[];
  timers: TimerRow[];
  effects: EffectRow[];
  decisions: DecisionRow[];
  approvals: ApprovalRow[];
  subscriptions: SubscriptionRow[];
  scopes: ScopeRow[];
  versions: VersionRow[];
  triggers: TriggerRow[];
  /** Records that could not be processed, and are kept with their reason. */
  deadLetters: DeadLetterRow[];
  /** Records of all topics, each topic partition in the order of its offsets. */
  records: TopicRecord[];
  calls: ProviderCalls[];
  client: ClientOperation[];
}

/** What was done to the installation, and so what may be asked of it. */
export interface Conditions {
  /** Nothing is under way any more: consumers have read all, no run is at work. Without it nothing can be called lost. */
  quiet: boolean;
  /** Something was killed, stopped or sent twice: then a provider may be asked again under the same key. */
  faults: boolean;
  /** The topics were deleted at this time: what they said before is nobody's to find. Null: they hold everything. */
  kafkaLostAt: number | null;
  /** Inputs of one run went to several partitions, so that their order is not that of their offsets. */
  inputsReordered: boolean;
  /** How long after its time a sweep, a poller or an executor may be, before what it should have done counts as not done. */
  graceMs: number;
  /** How long after the end of a cancelled run an executor may still begin what it was commanded before. */
  cancelSlackMs: number;
}

export interface RunRow {
  id: string;
  workspace_id: string;
  workflow_id: string;
  version: number;
  status: RunStatus;
  waiting_for: string | null;
  seq: number;
  payload: JsonValue;
  trigger_id: string | null;
  event_id: string | null;
  trigger: RunTrigger;
  output: JsonValue;
  error: JsonValue;
  via_fallback: boolean;
  cost: JsonValue;
  steps_done: number;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  wake_at: number;
  expires_at: number;
  parent_run_id: string | null;
  parent_step_id: string | null;
  item_index: number | null;
  depth: number;
  body: string[] | null;
  scope_id: string | null;
  admitted_at: number | null;
  cancel_requested_at: number | null;
}

/** A stored fact, with when its transaction committed where the server keeps that (`track_commit_timestamp`). */
export type FactRow = RunFact & {
  run_id: string;
  workspace_id: string;
  caused_by: string;
  committed_at: number | null;
};

export interface TimerRow {
  run_id: string;
  timer_id: string;
  workspace_id: string;
  due_at: number;
}

export interface EffectRow {
  idempotency_key: string;
  workspace_id: string;
  run_id: string;
  step_id: string;
  attempt_id: string;
  attempt: number;
  state: 'intended' | 'done' | 'failed' | 'in_doubt';
  updated_at: number;
}

export interface DecisionRow {
  workspace_id: string;
  trigger_id: string;
  event_source: string;
  event_id: string;
  verdict: string;
  reason: string;
  run_id: string | null;
}

export interface ApprovalRow {
  id: string;
  workspace_id: string;
  run_id: string;
  step_id: string;
  status: string;
}

export interface SubscriptionRow {
  run_id: string;
  step_id: string;
  workspace_id: string;
}

export interface ScopeRow {
  id: string;
  workspace_id: string;
  root_run_id: string;
  data: JsonObject;
}

export interface VersionRow {
  workflow_id: string;
  workspace_id: string;
  number: number;
  status: string;
  definition: FlowDefinition;
}

export interface TriggerRow {
  id: string;
  workspace_id: string;
  workflow_id: string;
  type: string;
  enabled: boolean;
  event_type: string;
  source: string | null;
  filter: string | null;
  created_at: number;
  updated_at: number;
}

export interface DeadLetterRow {
  topic: string;
  partition: number;
  offset: number;
  error_code: string;
}

export interface TopicRecord {
  topic: string;
  partition: number;
  /** Decimal, but small in tests: exact as a number. */
  offset: number;
  key: string | null;
  headers: Record<string, string>;
  value: string | null;
  timestamp: number;
}

/** What a provider saw under one idempotency key. */
export interface ProviderCalls {
  key: string;
  /** Null for a provider of several. */
  workspace_id: string | null;
  count: number;
  applied: number;
  bodies: string[];
  last_at: number;
}

/**
 * What a client asked for and was told. `unknown`: the connection broke before an answer, so that it may have happened or not.
 * `id`: of the run that was accepted or is spoken to, or of the event that was produced.
 */
export interface ClientOperation {
  op: 'start' | 'produce' | 'pause' | 'resume' | 'cancel' | 'terminate' | 'retry';
  invokedAt: number;
  endedAt: number;
  outcome: 'ok' | 'fail' | 'unknown';
  id: string | null;
  /** Of `start`. */
  idempotencyKey?: string;
}
