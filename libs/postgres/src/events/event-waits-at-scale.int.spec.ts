import { canonicalJson } from '@flows/contracts';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { v7 } from 'uuid';
import { createPool } from '../pool/create-pool.js';
import { inTransaction } from '../pool/in-transaction.js';
import { readSql } from '../sql/read-sql.js';
import { subscribeToEvents, type EventSubscription } from './event-subscription.js';
import { findKeptEventPages, findKeptEvents, findKeptEventsOfAll, keptEventsValues } from './find-kept-events.js';
import { findSubscribers } from './find-subscribers.js';
import { storeEvents, type MailboxEvent } from './store-events.js';

/** What is parked, of one workspace and one event type, each for a value of its own. */
const PARKED = 100_000;
/** Events in the mailbox, each with a value of its own. */
const KEPT = 20_000;

let database: TestDatabase;
let pool: pg.Pool;
const workspaceId = v7();

beforeAll(async () => {
  database = await createTestDatabase({ label: 'events_scale' });
  // Plans are those of a table without statistics: else they would depend on when autovacuum comes.
  await database.query('alter table event_mailbox set (autovacuum_enabled = off)');
  pool = createPool({ url: database.url, role: 'engine', max: 8, applicationName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

const eventOf = (lead: string, id = v7()): MailboxEvent => ({
  workspaceId,
  event: {
    id,
    type: 'lead.updated',
    source: '/crm',
    time: '2026-11-24T12:00:00Z',
    subject: lead,
    data: {
      lead_id: lead,
      score: 7,
      owner: 'o1',
      tags: ['a', 'b'],
      company: { id: `c-${lead}`, name: 'Company' },
      note: 'n'.repeat(300),
    },
  },
});
const waitOf = (lead: string): EventSubscription => ({
  runId: v7(),
  stepId: 'w',
  workspaceId,
  eventType: 'lead.updated',
  keyPath: ['data', 'lead_id'],
  keyValue: canonicalJson(lead),
  since: Date.now() - 60_000,
});
async function subscribersOf(events: MailboxEvent[]): Promise<{ id: string; runId: string }[]> {
  const found: { id: string; runId: string }[] = [];
  for await (const page of findSubscribers(pool, events))
    found.push(...page.map(({ event, runId }) => ({ id: event.event.id, runId })));
  return found;
}
interface Explained {
  plan: Record<string, number>;
  blocks: number;
  ms: number;
}
/** What the server does for a statement; its time leaves out whatever this process is busy with. */
async function explain(file: string, values: unknown[], client: pg.Pool | pg.PoolClient = pool): Promise<Explained> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number>; 'Execution Time': number }] }>(
    `explain (analyze, buffers, format json) ${readSql(import.meta.url, file)}`,
    values,
  );
  const [explained] = rows[0]?.['QUERY PLAN'] ?? [];
  const plan = explained?.Plan ?? {};
  const blocks = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  return { plan, blocks, ms: explained?.['Execution Time'] ?? Infinity };
}

describe(`with ${PARKED} parked waits and ${KEPT} kept events`, () => {
  beforeAll(async () => {
    // Autovacuum may or may not gather statistics: the plan must not depend on them.
    for (let from = 0; from < PARKED; from += 5_000) {
      const leads = Array.from({ length: 5_000 }, (_, n) => `lead-${from + n}`);
      await subscribeToEvents(pool, leads.map(waitOf));
      if (from < KEPT)
        await storeEvents(
          pool,
          leads.map((lead) => eventOf(lead)),
        );
    }
  }, 120_000);

  it('500 events find their waits by a few pages of the index each, and never read the table', async () => {
    const events = Array.from({ length: 500 }, (_, n) => eventOf(`lead-${KEPT + n * 151}`));
    await storeEvents(pool, events);
    expect(await subscribersOf(events)).toHaveLength(500);
    const each = <T>(value: (event: MailboxEvent['event'], nth: number) => T) =>
      events.map(({ event }, nth) => value(event, nth));
    const paths = await explain('./find-key-paths.sql', [
      [workspaceId, workspaceId],
      ['lead.updated', 'lead.*'],
    ]);
    const waits = await explain('./find-subscribers.sql', [
      each((_, nth) => nth),
      each(() => workspaceId),
      each((event) => event.source),
      each((event) => event.id),
      each((event) => event.type),
      each(() => '{data,lead_id}'),
      each((event) => canonicalJson(event.subject)),
    ]);
    expect(waits.plan['Actual Rows']).toBe(500);
    for (const { plan } of [paths, waits]) expect(JSON.stringify(plan)).not.toContain('Seq Scan');
    expect(paths.blocks).toBeLessThan(40);
    expect(waits.blocks / events.length).toBeLessThan(20);
  });

  it.each(['force_custom_plan', 'force_generic_plan'])('500 waits find their events by their values, with %s', async (mode) => {
    const waits = Array.from({ length: 500 }, (_, n) => waitOf(`lead-${n * 37 + 1}`));
    const found = await findKeptEventsOfAll(pool, waits);
    expect(found.map((events) => events.map(({ subject }) => subject))).toEqual(waits.map((_, n) => [`lead-${n * 37 + 1}`]));
    const { plan, blocks } = await explainLookBack(waits, mode);
    expect(JSON.stringify(plan)).not.toContain('Seq Scan');
    expect(blocks / waits.length).toBeLessThan(40);
  });

  it.each(['lead.updated', 'lead.*'])('a wait for %s without a correlation reads no more than it takes', async (eventType) => {
    const wait = { ...waitOf('any'), eventType, keyPath: null, keyValue: null };
    for await (const { events } of findKeptEventPages(pool, [wait])) {
      expect(events).toHaveLength(100);
      break;
    }
    for (const mode of ['force_custom_plan', 'force_generic_plan'])
      expect((await explainLookBack([wait], mode)).blocks).toBeLessThan(300);
  });

  async function explainLookBack(waits: EventSubscription[], mode: string) {
    const client = await pool.connect();
    try {
      await client.query(`set plan_cache_mode = ${mode}`);
      return await explain('./find-kept-events.sql', keptEventsValues(waits), client);
    } finally {
      await client.query('reset plan_cache_mode');
      client.release();
    }
  }
});

describe('an event and its wait that come at the same time', () => {
  it('are never both blind: each writes, commits, and then looks for the other', async () => {
    const PAIRS = 2_000;
    const met = { byEvent: 0, byWait: 0, byBoth: 0, missed: 0 };
    const pair = async (nth: number): Promise<void> => {
      const [event, wait] = [eventOf(`pair-${nth}`), waitOf(`pair-${nth}`)];
      const eventSide = async () => {
        await inTransaction(pool, (client) => storeEvents(client, [event]));
        return (await subscribersOf([event])).some(({ runId }) => runId === wait.runId);
      };
      const waitSide = async () => {
        await inTransaction(pool, (client) => subscribeToEvents(client, [wait]));
        return (await findKeptEvents(pool, wait)).some(({ id }) => id === event.event.id);
      };
      // Whoever begins gets the first connection: turn about.
      const [first, second] = nth % 2 === 0 ? [eventSide, waitSide] : [waitSide, eventSide];
      const [one, two] = await Promise.all([first(), second()]);
      const [byEvent, byWait] = nth % 2 === 0 ? [one, two] : [two, one];
      met[byEvent ? (byWait ? 'byBoth' : 'byEvent') : byWait ? 'byWait' : 'missed'] += 1;
    };
    let next = 0;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (next < PAIRS) await pair((next += 1));
      }),
    );
    expect(met.missed).toBe(0);
    expect(met.byEvent + met.byWait + met.byBoth).toBeGreaterThanOrEqual(PAIRS);
    // Else the test has tried no race at all.
    expect(Math.min(met.byEvent, met.byWait, met.byBoth)).toBeGreaterThan(0);
  }, 60_000);
});
