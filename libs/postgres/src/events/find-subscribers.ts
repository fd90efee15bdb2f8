import type pg from 'pg';
import { readSql } from '../sql/read-sql.js';
import { comparedValue, keyValueOf } from './event-key.js';
import { eventTypePatterns } from './event-type-patterns.js';
import type { MailboxEvent } from './store-events.js';

const FIND_KEY_PATHS = readSql(import.meta.url, './find-key-paths.sql');
const OPEN_CURSOR = `declare subscribers no scroll cursor for ${readSql(import.meta.url, './find-subscribers.sql')}`;
/** Waits without a correlation may be as many as there are runs: they come page by page. */
const PAGE = 5_000;

/** An open wait, and an event that it may be for. Its run decides. */
export interface Subscriber<E extends MailboxEvent> {
  readonly event: E;
  readonly runId: string;
  readonly stepId: string;
}

/**
 * The open waits that events of the mailbox may be for, in pages: by type, pattern, correlation, and since when events count.
 *
 * INVARIANT: called after the events were committed. Waits are committed before the mailbox is read (`findKeptEvents`), so of an event
 * and a wait that come at the same time at least one finds the other.
 */
export async function* findSubscribers<E extends MailboxEvent>(
  pool: pg.Pool,
  events: readonly E[],
): AsyncGenerator<Subscriber<E>[], void, undefined> {
  const lookups = await lookupsOf(pool, events);
  if (lookups.length === 0) return;
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin read only');
    await client.query(OPEN_CURSOR, columnsOf(lookups, events));
    for (let more = true; more;) {
      const { rows } = await client.query<{ nth: number; run_id: string; step_id: string }>(`fetch ${PAGE} from subscribers`);
      more = rows.length === PAGE;
      if (rows.length > 0)
        yield rows.map(({ nth, run_id, step_id }) => ({ event: events[nth] as E, runId: run_id, stepId: step_id }));
    }
  } finally {
    await client.query('rollback').catch((error: Error) => (broken = error));
    client.release(broken);
  }
}

/** One search in the index: an event, a type or pattern, and the value at a path; or no path, for the waits that try every event. */
interface Lookup {
  readonly nth: number;
  readonly pattern: string;
  readonly path: string | null;
  readonly value: string | null;
}
interface KeyPath {
  readonly path: readonly string[] | null;
  /** As PostgreSQL writes it, to be sent back. */
  readonly literal: string | null;
}

async function lookupsOf(pool: pg.Pool, events: readonly MailboxEvent[]): Promise<Lookup[]> {
  const paths = await findKeyPaths(pool, events);
  if (paths.size === 0) return [];
  const lookups: Lookup[] = [];
  for (const [nth, { workspaceId, event }] of events.entries()) {
    for (const pattern of eventTypePatterns(event.type)) {
      for (const { path, literal } of paths.get(`${workspaceId}/${pattern}`) ?? []) {
        const value = path === null ? null : keyValueOf(event, path);
        if (path === null || value !== null)
          lookups.push({ nth, pattern, path: literal, value: value === null ? null : comparedValue(value) });
      }
    }
  }
  return lookups;
}

async function findKeyPaths(pool: pg.Pool, events: readonly MailboxEvent[]): Promise<Map<string, KeyPath[]>> {
  const asked = new Map<string, [workspaceId: string, pattern: string]>();
  for (const { workspaceId, event } of events) {
    if (asked.has(`${workspaceId}/${event.type}`)) continue;
    for (const pattern of eventTypePatterns(event.type)) asked.set(`${workspaceId}/${pattern}`, [workspaceId, pattern]);
  }
  const found = new Map<string, KeyPath[]>();
  if (asked.size === 0) return found;
  const pairs = [...asked.values()];
  const { rows } = await pool.query<KeyPathRow>({
    name: 'find-key-paths',
    text: FIND_KEY_PATHS,
    values: [pairs.map(([workspaceId]) => workspaceId), pairs.map(([, pattern]) => pattern)],
  });
  for (const row of rows) {
    const key = `${row.workspace_id}/${row.pattern}`;
    found.set(key, [...(found.get(key) ?? []), { path: row.key_path, literal: row.path_literal }]);
  }
  return found;
}

interface KeyPathRow {
  workspace_id: string;
  pattern: string;
  key_path: string[] | null;
  path_literal: string | null;
}

function columnsOf(lookups: readonly Lookup[], events: readonly MailboxEvent[]): unknown[] {
  const eventOf = ({ nth }: Lookup) => events[nth] as MailboxEvent;
  return [
    lookups.map(({ nth }) => nth),
    lookups.map((lookup) => eventOf(lookup).workspaceId),
    lookups.map((lookup) => eventOf(lookup).event.source),
    lookups.map((lookup) => eventOf(lookup).event.id),
    lookups.map(({ pattern }) => pattern),
    lookups.map(({ path }) => path),
    lookups.map(({ value }) => value),
  ];
}
