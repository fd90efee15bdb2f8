import type { Evidence, FactRow } from './evidence.js';

/** Anything that runs a statement past row-level security. */
export interface Database {
  query<T extends Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

const ms = (column: string): string => `round(extract(epoch from ${column}) * 1000)::float8 as ${column}`;

/** The tables as they are, one statement each: the installation is at rest, or what is read does not fit together and shows as violations. */
const QUERIES = {
  runs: `select id, workspace_id, workflow_id, version, status, waiting_for, seq, payload, trigger_id, event_id, trigger, output, error,
    via_fallback, cost, steps_done, parent_run_id, parent_step_id, item_index, depth, body, scope_id,
    ${['created_at', 'started_at', 'ended_at', 'wake_at', 'expires_at', 'admitted_at', 'cancel_requested_at'].map(ms).join(', ')}
    from runs order by id`,
  timers: `select run_id, timer_id, workspace_id, ${ms('due_at')} from timers`,
  effects: `select idempotency_key, workspace_id, run_id, step_id, attempt_id, attempt, state, ${ms('updated_at')} from effects`,
  decisions: 'select workspace_id, trigger_id, event_source, event_id, verdict, reason, run_id from decisions',
  approvals: 'select id, workspace_id, run_id, step_id, status from approvals',
  subscriptions: 'select run_id, step_id, workspace_id from event_subscriptions',
  scopes: 'select id, workspace_id, root_run_id, data from run_scopes',
  versions: 'select workflow_id, workspace_id, number, status, definition from workflow_versions',
  deadLetters: 'select topic, partition, "offset"::int as offset, error_code from dead_letters',
  triggers: `select id, workspace_id, workflow_id, type, enabled, event_type, source, filter, ${ms('created_at')}, ${ms('updated_at')}
    from triggers`,
} as const;

export type Tables = Pick<Evidence, 'takenAt' | 'facts' | keyof typeof QUERIES>;

export async function readDatabase(database: Database): Promise<Tables> {
  const facts = await readFacts(database);
  const tables: [string, unknown[]][] = [];
  for (const [name, text] of Object.entries(QUERIES)) tables.push([name, await database.query(text)]);
  const [now] = await database.query<{ now: number }>(`select extract(epoch from clock_timestamp()) * 1000 ::float8 as now`);
  return { ...Object.fromEntries(tables), facts, takenAt: Number(now?.now) } as Tables;
}

async function readFacts(database: Database): Promise<FactRow[]> {
  const [setting] = await database.query<{ on: boolean }>(`select current_setting('track_commit_timestamp')::bool as on`);
  // A fact is written once and never changed: the transaction of its row is the one that made it true.
  const committed = setting?.on === true ? 'extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000' : 'null';
  const rows = await database.query<Record<string, unknown>>(
    `select run_id, workspace_id, seq, type, ${ms('at')}, step_id, data, caused_by, (${committed})::float8 as committed_at
     from run_facts order by run_id, seq`,
  );
  return rows.map(({ step_id, ...row }) => ({ ...row, step_id: step_id ?? undefined })) as unknown as FactRow[];
}
