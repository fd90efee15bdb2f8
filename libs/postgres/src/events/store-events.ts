import type { ReceivedEvent } from '@flows/contracts';
import type pg from 'pg';
import { readSql } from '../sql/read-sql.js';
import { searchKeysOf } from './event-key.js';
import { eventTypePatterns } from './event-type-patterns.js';

const FIND_AWAITED_TYPES = readSql(import.meta.url, './find-awaited-types.sql');
const STORE_EVENTS = readSql(import.meta.url, './store-events.sql');

export interface MailboxEvent {
  readonly workspaceId: string;
  readonly event: ReceivedEvent;
}

/**
 * The events that a wait may be for: whose type a published version of the workspace waits for. The others need not be kept.
 *
 * Asked for every batch, never remembered: a version's types are committed before its publication is acknowledged, so whoever sends an
 * event after that finds it kept. An answer from before the commit belongs to an event that came before any run of the version.
 */
export async function findAwaitedEvents<E extends { workspaceId: string; event: { type: string } }>(
  client: pg.ClientBase | pg.Pool,
  events: readonly E[],
): Promise<E[]> {
  const asked = new Map<string, [workspaceId: string, pattern: string]>();
  const keysOf = ({ workspaceId, event }: E) => eventTypePatterns(event.type).map((pattern) => `${workspaceId}/${pattern}`);
  for (const each of events) {
    if (asked.has(`${each.workspaceId}/${each.event.type}`)) continue;
    for (const pattern of eventTypePatterns(each.event.type))
      asked.set(`${each.workspaceId}/${pattern}`, [each.workspaceId, pattern]);
  }
  if (asked.size === 0) return [];
  const pairs = [...asked.values()];
  const { rows } = await client.query<{ workspace_id: string; event_type: string }>({
    name: 'find-awaited-types',
    text: FIND_AWAITED_TYPES,
    values: [pairs.map(([workspaceId]) => workspaceId), pairs.map(([, pattern]) => pattern)],
  });
  if (rows.length === 0) return [];
  const awaited = new Set(rows.map((row) => `${row.workspace_id}/${row.event_type}`));
  return events.filter((each) => keysOf(each).some((key) => awaited.has(key)));
}

/**
 * Puts events into the mailbox, in the order given, which counts as the order of their arrival. One that is there already stays as it
 * is, with the time at which it came first.
 * @returns those that are new.
 */
export async function storeEvents<E extends MailboxEvent>(client: pg.ClientBase | pg.Pool, events: readonly E[]): Promise<E[]> {
  if (events.length === 0) return [];
  const { rows } = await client.query<{ workspace_id: string; source: string; id: string }>({
    name: 'store-events',
    text: STORE_EVENTS,
    values: [
      events.map(({ workspaceId }) => workspaceId),
      events.map(({ event }) => event.source),
      events.map(({ event }) => event.id),
      events.map(({ event }) => event.type),
      events.map(({ event }) => event.subject ?? null),
      events.map(({ event }) => JSON.stringify(event)),
      events.map(({ workspaceId, event }) => arrayLiteral(searchKeysOf(workspaceId, event))),
    ],
  });
  const stored = new Set(rows.map((row) => nameOf(row.workspace_id, row.source, row.id)));
  // Of one that came twice in the batch the first is stored.
  return events.filter(({ workspaceId, event }) => stored.delete(nameOf(workspaceId, event.source, event.id)));
}

const nameOf = (workspaceId: string, source: string, id: string): string => JSON.stringify([workspaceId, source, id]);
const arrayLiteral = (keys: readonly number[] | null): string | null => (keys === null ? null : `{${keys.join(',')}}`);
