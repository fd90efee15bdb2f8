import type pg from 'pg';
import { readSql } from '../sql/read-sql.js';
import { comparedValue, usableKey } from './event-key.js';

const SUBSCRIBE = readSql(import.meta.url, './subscribe-to-events.sql');
const UNSUBSCRIBE = readSql(import.meta.url, './unsubscribe-from-events.sql');

/** An open wait of a step for an event. Ids are plain UUIDs. */
export interface EventSubscription {
  readonly runId: string;
  readonly stepId: string;
  readonly workspaceId: string;
  /** Exact, or ending in `.*`. */
  readonly eventType: string;
  /** The wait's correlation: the path below `event`, such as ['data', 'lead_id'], and the value there as canonical JSON. */
  readonly keyPath: readonly string[] | null;
  readonly keyValue: string | null;
  /** Events that came at this time or later count. Unix milliseconds. */
  readonly since: number;
}

/**
 * From the commit on, events are sent to these waits. Asking again changes nothing.
 * INVARIANT: the caller reads the mailbox after the commit; see `findSubscribers`.
 */
export async function subscribeToEvents(
  client: pg.ClientBase | pg.Pool,
  subscriptions: readonly EventSubscription[],
): Promise<void> {
  if (subscriptions.length === 0) return;
  // Of one that is asked for twice, the last stands: a statement writes a row once.
  const rows = [...new Map(subscriptions.map((each) => [`${each.runId}/${each.stepId}`, each])).values()];
  const keys = rows.map(({ keyPath, keyValue }) => usableKey(keyPath, keyValue));
  await client.query({
    name: 'subscribe-to-events',
    text: SUBSCRIBE,
    values: [
      rows.map(({ runId }) => runId),
      rows.map(({ stepId }) => stepId),
      rows.map(({ workspaceId }) => workspaceId),
      rows.map(({ eventType }) => eventType),
      keys.map((key) => (key === null ? null : JSON.stringify(key.path))),
      keys.map((key) => (key === null ? null : comparedValue(key.value))),
      rows.map(({ since }) => since),
    ],
  });
}

/** The waits are over. What was sent meanwhile finds no open wait and is ignored. */
export async function unsubscribeFromEvents(
  client: pg.ClientBase | pg.Pool,
  subscriptions: readonly Pick<EventSubscription, 'runId' | 'stepId'>[],
): Promise<void> {
  if (subscriptions.length === 0) return;
  const values = [subscriptions.map(({ runId }) => runId), subscriptions.map(({ stepId }) => stepId)];
  await client.query({ name: 'unsubscribe-from-events', text: UNSUBSCRIBE, values });
}
