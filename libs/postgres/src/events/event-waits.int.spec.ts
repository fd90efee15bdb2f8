import { canonicalJson, type JsonValue, type ReceivedEvent } from '@flows/contracts';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { v7 } from 'uuid';
import { createPool } from '../pool/create-pool.js';
import { subscribeToEvents, unsubscribeFromEvents, type EventSubscription } from './event-subscription.js';
import { findKeptEventPages, findKeptEvents, findKeptEventsOfAll, MAX_KEPT_EVENTS_FOUND } from './find-kept-events.js';
import { findSubscribers } from './find-subscribers.js';
import { deleteEndedSubscriptions, deleteOldEvents, FIRST_SUBSCRIPTION } from './purge-events.js';
import { findAwaitedEvents, storeEvents, type MailboxEvent } from './store-events.js';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase({ label: 'events' });
  pool = createPool({ url: database.url, role: 'engine', max: 4, applicationName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

let serial = 0;
/** Of a workspace of its own, so that tests do not meet each other's. */
function inWorkspaceOf(workspaceId: string) {
  return {
    event: (more: Partial<ReceivedEvent> = {}): MailboxEvent => ({
      workspaceId,
      event: { id: `e${(serial += 1)}`, type: 'lead.updated', source: '/crm', time: '2026-11-24T12:00:00Z', data: {}, ...more },
    }),
    wait: (path: string[] | null, value: JsonValue, more: Partial<EventSubscription> = {}): EventSubscription => ({
      runId: v7(),
      stepId: 'w',
      workspaceId,
      eventType: 'lead.updated',
      keyPath: path,
      keyValue: path === null ? null : canonicalJson(value),
      since: Date.now() - 60_000,
      ...more,
    }),
  };
}
const fresh = () => inWorkspaceOf(v7());
async function subscribersOf(...events: MailboxEvent[]): Promise<string[]> {
  const found: string[] = [];
  for await (const page of findSubscribers(pool, events))
    found.push(...page.map(({ event, runId }) => `${event.event.id} ${runId}`));
  return found.sort();
}
const pairs = (event: MailboxEvent, ...waits: EventSubscription[]) =>
  waits.map(({ runId }) => `${event.event.id} ${runId}`).sort();
const idsOf = (events: readonly ReceivedEvent[]) => events.map(({ id }) => id);

describe('findAwaitedEvents', () => {
  it('takes the events whose type, or a pattern above it, is awaited in their workspace', async () => {
    const [mine, other] = [v7(), v7()];
    await database.query("insert into awaited_event_types values ($1, 'lead.updated'), ($1, 'a.b.*'), ($2, 'form.sent')", [
      mine,
      other,
    ]);
    const events = ['lead.updated', 'lead.updated.x', 'a.b', 'a.b.c', 'a.b.c.d', 'form.sent'].map((type) =>
      inWorkspaceOf(mine).event({ type }),
    );
    expect((await findAwaitedEvents(pool, events)).map(({ event }) => event.type)).toEqual(['lead.updated', 'a.b.c', 'a.b.c.d']);
    expect(await findAwaitedEvents(pool, [])).toEqual([]);
  });
});

describe('storeEvents', () => {
  it('keeps each once, with the time and the content that came first', async () => {
    const { event, wait } = fresh();
    const [one, two] = [event(), event()];
    expect(await storeEvents(pool, [one, one, two])).toEqual([one, two]);
    expect(await storeEvents(pool, [{ ...one, event: { ...one.event, data: { later: true } } }])).toEqual([]);
    expect(await findKeptEvents(pool, wait(null, null))).toEqual([one.event, two.event]);
  });

  it('keeps the order of arrival, whatever the ids', async () => {
    const { event, wait } = fresh();
    const events = ['z', 'a', 'm', 'b'].map((id) => event({ id }));
    await storeEvents(pool, events);
    expect(idsOf(await findKeptEvents(pool, wait(null, null)))).toEqual(['z', 'a', 'm', 'b']);
  });
});

describe('an event and the waits that it may be for', () => {
  it('meet by type, pattern and correlation, from either side', async () => {
    const { event, wait } = fresh();
    const fits = [
      wait(null, null),
      wait(['data', 'lead', 'id'], 'l1'),
      wait(['subject'], 's1'),
      wait(['data', 'score'], 7),
      wait(['data', 'hot'], true),
      wait(['data', 'none'], null),
      wait(['data', 'lead'], { tags: ['b'], id: 'l1' }),
      wait(['data', 'long'], 'ü'.repeat(3_000)),
      wait(['data', 'lead', 'tags', '0'], 'b'),
      wait(['id'], 'special'),
      wait(['data', 'x'.repeat(400)], 'not indexed: tried'),
      wait(['data', 'lead', 'id'], 'l1', { eventType: 'lead.*' }),
      wait(null, null, { eventType: 'lead.*' }),
    ];
    const others = [
      wait(['data', 'lead', 'id'], 'l2'),
      wait(['data', 'lead', 'id'], 1),
      wait(['data', 'absent'], null),
      wait(['data', 'long'], 'ü'.repeat(3_001)),
      wait(['data', 'lead', 'id'], 'a\0'),
      wait(['data', 'lead', 'id'], 'l1', { eventType: 'lead.updated.*' }),
      wait(['data', 'lead', 'id'], 'l1', { eventType: 'lead.created' }),
      wait(['data', 'lead', 'id'], 'l1', { since: Date.now() + 60_000 }),
      fresh().wait(['data', 'lead', 'id'], 'l1'),
    ];
    const data = {
      lead: { id: 'l1', tags: ['b'] },
      score: 7,
      hot: true,
      none: null,
      long: 'ü'.repeat(3_000),
      ['x'.repeat(400)]: 1,
    };
    const given = event({ id: 'special', subject: 's1', data });
    await subscribeToEvents(pool, [...fits, ...others]);
    await storeEvents(pool, [event({ type: 'lead.zzz' }), given, event({ type: 'leadx' })]);
    expect(await subscribersOf(given)).toEqual(pairs(given, ...fits));
    const found = await findKeptEventsOfAll(pool, [...fits, ...others]);
    const mayHaveOthers = (index: number) => fits[index]?.keyPath === null || (fits[index]?.keyPath?.[1]?.length ?? 0) > 256;
    for (const [index, events] of found.slice(0, fits.length).entries())
      expect(mayHaveOthers(index) ? events.some(({ id }) => id === 'special') : idsOf(events)).toEqual(
        mayHaveOthers(index) ? true : ['special'],
      );
    expect(found.slice(fits.length).flat()).toEqual([]);
  });

  it('meet when the event has more values than are indexed', async () => {
    const { event, wait } = fresh();
    const given = event({ data: { lead_id: 'l1', list: Array.from({ length: 500 }, (_, n) => n) } });
    await storeEvents(pool, [given]);
    expect(idsOf(await findKeptEvents(pool, wait(['data', 'lead_id'], 'l1')))).toEqual([given.event.id]);
    expect(idsOf(await findKeptEvents(pool, wait(['data', 'lead_id'], 'l1', { eventType: 'lead.*' })))).toEqual([given.event.id]);
    expect(await findKeptEvents(pool, wait(['data', 'lead_id'], 'l2'))).toEqual([]);
  });

  it('do not meet when the event came first before the time that counts, however often it is delivered', async () => {
    const { event, wait } = fresh();
    const given = event();
    await storeEvents(pool, [given]);
    const [later, earlier] = [wait(null, null, { since: Date.now() + 10_000 }), wait(null, null)];
    await subscribeToEvents(pool, [later, earlier]);
    await storeEvents(pool, [given]);
    expect(await subscribersOf(given)).toEqual(pairs(given, earlier));
    expect(await findKeptEvents(pool, later)).toEqual([]);
  });

  it('of many kept events all are tried, oldest first, over all types of a pattern', async () => {
    const { event, wait } = fresh();
    // Every fifth has more values than are indexed.
    const many = Array.from({ length: 300 }, (_, n) => `v${n}`);
    const events = Array.from({ length: 450 }, (_, n) =>
      event({ type: `lead.t${n % 7}`, data: { k: 'v', many: n % 5 === 0 ? many : [] } }),
    );
    for (let from = 0; from < events.length; from += 50) await storeEvents(pool, events.slice(from, from + 50));
    const all = events.map((each) => each.event.id);
    expect(idsOf(await findKeptEvents(pool, wait(null, null, { eventType: 'lead.*' })))).toEqual(all);
    expect(idsOf(await findKeptEvents(pool, wait(['data', 'k'], 'v', { eventType: 'lead.*' })))).toEqual(all);
    const third = all.filter((_, n) => n % 7 === 3);
    expect(idsOf(await findKeptEvents(pool, wait(['data', 'k'], 'v', { eventType: 'lead.t3' })))).toEqual(third);
  });

  it('none is left out or told twice where many came at the same moment', async () => {
    const { event, wait } = fresh();
    const events = Array.from({ length: 250 }, () => event());
    await storeEvents(pool, events);
    await database.query('update event_mailbox set received_at = now() where workspace_id = $1', [events[0]?.workspaceId]);
    expect(idsOf(await findKeptEvents(pool, wait(null, null))).sort()).toEqual(events.map((each) => each.event.id).sort());
  });

  it('come in pages of bounded size, however many waits there are for however many events', async () => {
    const { event, wait } = fresh();
    const events = Array.from({ length: 130 }, () => event({ data: { k: 'v' } }));
    await storeEvents(pool, events);
    const all = events.map((each) => each.event.id);
    const nothing = { eventType: 'lead.none' };
    const waits = Array.from({ length: 60 }, (_, n) => wait(['data', 'k'], n % 4 === 1 ? 'w' : 'v', n % 4 === 2 ? nothing : {}));
    const sizes: number[] = [];
    for await (const page of findKeptEventPages(pool, waits)) sizes.push(page.events.length);
    expect(Math.max(...sizes)).toBe(1_000);
    expect((await findKeptEventsOfAll(pool, waits)).map(idsOf)).toEqual(
      waits.map((_, n) => (n % 4 === 1 || n % 4 === 2 ? [] : all)),
    );
  });

  it('are given up at a bound, which is said', async () => {
    const { event, wait } = fresh();
    const batch = () => Array.from({ length: 2_550 }, () => event({ data: { k: 'v' } }));
    const first = batch();
    for (const events of [first, batch(), batch(), batch()]) await storeEvents(pool, events);
    const [open, few] = [wait(null, null), wait(['data', 'none'], 'v')];
    const givenUp: EventSubscription[] = [];
    const [found = []] = await findKeptEventsOfAll(pool, [open, few], (each) => givenUp.push(each));
    expect(found).toHaveLength(MAX_KEPT_EVENTS_FOUND);
    expect(idsOf(found.slice(0, 2_550))).toEqual(first.map((each) => each.event.id));
    expect(givenUp).toEqual([open]);
  });

  it('more waits than a page holds come in pages', async () => {
    const { event, wait } = fresh();
    const waits = Array.from({ length: 11_000 }, () => wait(null, null));
    await subscribeToEvents(pool, waits);
    const given = event();
    await storeEvents(pool, [given]);
    expect(await subscribersOf(given)).toEqual(pairs(given, ...waits));
    const sizes: number[] = [];
    for await (const page of findSubscribers(pool, [given])) {
      sizes.push(page.length);
      if (sizes.length === 2) break;
    }
    expect(sizes).toEqual([5_000, 5_000]);
    // Whoever stops early gives the connection back as it was.
    expect(pool.idleCount).toBe(pool.totalCount);
  });
});

describe('a subscription', () => {
  it('may be asked for again, changed and ended', async () => {
    const { event, wait } = fresh();
    const [one, two] = [event({ data: { k: 1 } }), event({ data: { k: 2 } })];
    await storeEvents(pool, [one, two]);
    const asked = wait(['data', 'k'], 1);
    await subscribeToEvents(pool, [asked, asked]);
    await subscribeToEvents(pool, [asked]);
    expect(await subscribersOf(one, two)).toEqual(pairs(one, asked));
    await subscribeToEvents(pool, [{ ...asked, keyValue: '2' }]);
    expect(await subscribersOf(one, two)).toEqual(pairs(two, asked));
    await unsubscribeFromEvents(pool, [{ runId: asked.runId, stepId: 'other' }]);
    expect(await subscribersOf(one, two)).toHaveLength(1);
    await unsubscribeFromEvents(pool, [asked]);
    expect(await subscribersOf(one, two)).toEqual([]);
  });
});

describe('what is purged', () => {
  it('events after eight days, a bounded number at a time', async () => {
    const { event, wait } = fresh();
    const events = Array.from({ length: 5 }, () => event());
    await storeEvents(pool, events);
    const since = { since: Date.now() - 20 * 86_400_000 };
    const old = events.slice(0, 3).map((each) => each.event.id);
    await database.query("update event_mailbox set received_at = now() - interval '193 hours' where id = any ($1)", [old]);
    expect(await deleteOldEvents(pool, 2)).toBe(2);
    expect(await deleteOldEvents(pool, 2)).toBe(1);
    expect(await deleteOldEvents(pool, 2)).toBe(0);
    expect(await findKeptEvents(pool, wait(null, null, since))).toHaveLength(2);
  });

  it('subscriptions of runs that have ended or are gone, page by page, unless they are young', async () => {
    const { wait } = fresh();
    await database.query('delete from event_subscriptions');
    const waits = Array.from({ length: 6 }, () => wait(null, null));
    await subscribeToEvents(pool, waits);
    const insert = `insert into runs (id, workspace_id, workflow_id, version, status, payload, trigger_type, trigger, expires_at)
      values ($1, $2, $2, 1, $3, '{}', 'api', '{}', now() + interval '1 day')`;
    for (const [index, status] of ['waiting', 'completed', 'paused', 'failed', 'cancelled'].entries())
      await database.query(insert, [waits[index]?.runId, waits[index]?.workspaceId, status]);
    await database.query("update event_subscriptions set created_at = now() - interval '2 hours' where run_id <> $1", [
      waits[4]?.runId,
    ]);
    let [deleted, pages] = [0, 0];
    for (let after: typeof FIRST_SUBSCRIPTION | null = FIRST_SUBSCRIPTION; after !== null; pages += 1) {
      const page = await deleteEndedSubscriptions(pool, after, 2);
      deleted += page.deleted;
      after = page.next;
    }
    expect([deleted, pages]).toEqual([3, 4]);
    const left = await database.query<{ run_id: string }>('select run_id from event_subscriptions');
    expect(left.map(({ run_id }) => run_id).sort()).toEqual([0, 2, 4].map((index) => waits[index]?.runId).sort());
  });
});
