import {
  inTransaction,
  insertDeadLetters,
  insertQueuedRuns,
  readSql,
  storeEvents,
  toRunRequested,
  type DeadLetter,
  type MailboxEvent,
  type QueuedRun,
  type RunRequestRow,
} from '@flows/postgres';
import type pg from 'pg';
import type { Decision } from './decision.js';
import { decisionKey } from './judge-events.js';

const INSERT_DECISIONS = readSql(import.meta.url, './insert-decisions.sql');
const COUNT_DUPLICATES = readSql(import.meta.url, './count-duplicates.sql');
const FIND_UNPUBLISHED = readSql(import.meta.url, './find-unpublished-runs.sql');

/** A run whose request has to be published, now that it is committed. */
type AcceptedRun = Pick<QueuedRun, 'request' | 'traceparent'>;

export interface CommittedBatch {
  /** Decisions that were new; their runs are queued. */
  fresh: Decision[];
  /** Runs whose request has to be published now: new ones that may start at once, and those of earlier batches that wait for it still. */
  toPublish: AcceptedRun[];
  /** Decisions that had been made before and stay as they are. */
  duplicates: number;
}

/**
 * Writes what was decided about a batch.
 *
 * INVARIANT: a decision and its queued run are written together or not at all, once per (trigger, event source, event id) for ever: the
 * key of the decisions is what makes a run unique, whatever is delivered how often, to whom, at the same time.
 */
export class DecisionStore {
  constructor(private readonly pool: pg.Pool) {}

  /** @param kept events for the mailbox, committed with the decisions. */
  async commit(
    decisions: readonly Decision[],
    letters: readonly DeadLetter[],
    kept: readonly MailboxEvent[] = [],
  ): Promise<CommittedBatch> {
    if (decisions.length === 0) {
      if (kept.length > 0) await storeEvents(this.pool, kept);
      if (letters.length > 0) await insertDeadLetters(this.pool, letters);
      return { fresh: [], toPublish: [], duplicates: 0 };
    }
    return inTransaction(this.pool, async (client) => {
      if (letters.length > 0) await insertDeadLetters(client, letters);
      const written = await this.write(client, decisions);
      await storeEvents(client, kept);
      return written;
    });
  }

  private async write(client: pg.ClientBase, decisions: readonly Decision[]): Promise<CommittedBatch> {
    const sorted = [...decisions].sort(byKey);
    const inserted = await insertDecisions(client, sorted);
    const { fresh = [], known = [] } = Object.groupBy(sorted, (decision) => (inserted.has(keyOf(decision)) ? 'fresh' : 'known'));
    const runs = fresh.flatMap(({ run }) => run ?? []);
    const admitted = runs.length > 0 ? (await insertQueuedRuns(client, runs)).admitted : new Set<string>();
    const starting = runs.filter(({ request }) => admitted.has(request.run_id));
    if (known.length === 0) return { fresh, toPublish: starting, duplicates: 0 };
    await countDuplicates(client, known);
    return { fresh, toPublish: [...starting, ...(await findUnpublished(client, known))], duplicates: known.length };
  }
}

async function insertDecisions(client: pg.ClientBase, decisions: readonly Decision[]): Promise<Set<string>> {
  const values = [
    ...keyColumns(decisions),
    decisions.map(({ incoming }) => incoming.event.type),
    decisions.map(({ incoming }) => incoming.event.subject ?? null),
    decisions.map(({ verdict }) => verdict),
    decisions.map(({ reason }) => reason),
    decisions.map((decision) => JSON.stringify({ ...decision.details, record: recordOf(decision) })),
    decisions.map(({ run }) => run?.request.run_id ?? null),
    decisions.map(({ repeats }) => repeats),
  ];
  const result = await client.query<{ trigger_id: string; event_source: string; event_id: string }>({
    name: 'insert-decisions',
    text: INSERT_DECISIONS,
    values,
  });
  return new Set(result.rows.map((row) => decisionKey(row.trigger_id, row.event_source, row.event_id)));
}

async function countDuplicates(client: pg.ClientBase, decisions: readonly Decision[]): Promise<void> {
  const values = [...keyColumns(decisions), decisions.map(recordOf), decisions.map(({ repeats }) => repeats)];
  await client.query({ name: 'count-duplicates', text: COUNT_DUPLICATES, values });
}

async function findUnpublished(client: pg.ClientBase, decisions: readonly Decision[]): Promise<AcceptedRun[]> {
  const { rows } = await client.query<RunRequestRow & { traceparent: string | null }>({
    name: 'find-unpublished-runs',
    text: FIND_UNPUBLISHED,
    values: keyColumns(decisions),
  });
  return rows.map((row) => ({
    request: toRunRequested(row, row.created_at),
    traceparent: row.traceparent ?? undefined,
  }));
}

function keyColumns(decisions: readonly Decision[]): unknown[] {
  return [
    decisions.map(({ incoming }) => incoming.workspaceId),
    decisions.map(({ triggerId }) => triggerId),
    decisions.map(({ incoming }) => incoming.event.source),
    decisions.map(({ incoming }) => incoming.event.id),
  ];
}

/** Where the event stands: tells a redelivery from an event that was sent again. */
function recordOf({ incoming: { message } }: Decision): string {
  return `${message.topic}/${message.partition}/${message.offset}`;
}

const keyOf = ({ triggerId, incoming: { event } }: Decision): string => decisionKey(triggerId, event.source, event.id);

function byKey(a: Decision, b: Decision): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
