import { decodeRunInput, encodeBinary, toTypeId, type CloudEvent } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import { createPool, subscribeToEvents, type EventSubscription } from '@flows/postgres';
import { armFailpoints } from '@flows/service-kit';
import { eventually } from '@flows/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { v7 } from 'uuid';
import { ListenerWorld, type Listener } from '../../test/listener-world.js';

let world: ListenerWorld;
let listener: Listener;
let pool: pg.Pool;
let workspaceId: string;

beforeAll(async () => {
  world = await ListenerWorld.open();
  pool = createPool({ url: world.database.url, role: 'engine', max: 2, applicationName: 'test', onError: () => undefined });
  workspaceId = await world.seedWorkspace();
  listener = await world.startListener();
}, 60_000);
afterEach(() => armFailpoints([]));
afterAll(async () => {
  await pool.end();
  await world.close();
});

let serial = 0;
/** An event type of its own, so that tests do not meet each other's. */
async function awaitedType(pattern = (type: string) => type): Promise<string> {
  const type = `reply.t${(serial += 1)}.received`;
  await world.database.query('insert into awaited_event_types values ($1, $2)', [workspaceId, pattern(type)]);
  return type;
}
const eventOf = (type: string, more: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: '1.0',
  id: `e-${(serial += 1)}`,
  source: '/mail',
  type,
  subject: 'l1',
  time: '2026-11-24T12:00:00Z',
  workspaceid: toTypeId('ws', workspaceId),
  data: { lead_id: 'l1', text: 'Yes' },
  ...more,
});
const line = (event: object) => ({ value: JSON.stringify(event) });

/** A parked wait, as the orchestrator writes it. */
async function park(eventType: string, value: string | null = 'l1', more: Partial<EventSubscription> = {}) {
  const wait: EventSubscription = {
    runId: v7(),
    stepId: 'reply',
    workspaceId,
    eventType,
    keyPath: value === null ? null : ['data', 'lead_id'],
    keyValue: value === null ? null : JSON.stringify(value),
    since: Date.now() - 60_000,
    ...more,
  };
  await subscribeToEvents(pool, [wait]);
  return wait;
}
const deliveriesTo = ({ runId }: EventSubscription) => world.deliveries.filter(({ input }) => input.run_id === runId);
const delivery = (wait: EventSubscription) => eventually(() => deliveriesTo(wait)[0], { what: 'a delivery' });
const kept = (id: string) => world.database.query('select * from event_mailbox where id = $1', [id]);
const keptEvent = (id: string) => eventually(async () => (await kept(id))[0], { what: `${id} in the mailbox` });

describe('an event that a run waits for', () => {
  it('is kept and sent to the one wait of its correlation, in the trace that it came in', async () => {
    const type = await awaitedType();
    const [mine, other, everything] = [await park(type), await park(type, 'l2'), await park(type, null)];
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = eventOf(type, { traceparent, causationdepth: 3 });
    await world.publish(line(event));
    const { input, message } = await delivery(mine);
    const { id, source, subject, time, data } = event;
    expect(input).toEqual({
      type: 'event.received',
      id: `evt:/mail:${id}:${mine.runId}:reply`,
      run_id: mine.runId,
      workspace_id: workspaceId,
      at: expect.any(Number),
      step_id: 'reply',
      event: { id, type, source, subject, time, data },
    });
    expect(decodeRunInput(input)).toMatchObject({ ok: true });
    expect(message).toMatchObject({
      key: mine.runId,
      headers: { ce_id: input.id, ce_type: 'event.received', ce_workspaceid: workspaceId, traceparent },
    });
    await delivery(everything);
    expect(deliveriesTo(other)).toEqual([]);
    expect(await kept(id)).toMatchObject([{ workspace_id: workspaceId, source, type, subject, event: input.event }]);
  });

  it('is found by a pattern, comes from the topic of connectors, and has a time when its producer gives none', async () => {
    const type = await awaitedType((exact) => exact.replace(/received$/, '*'));
    const wait = await park(type.replace(/received$/, '*'), null);
    const { time: _, subject: __, ...event } = eventOf(type);
    await world.publish({ ...encodeBinary(event), topic: world.topics.connectorEvents });
    const { input } = await delivery(wait);
    expect(input.event).toEqual({
      id: event.id,
      type,
      source: '/mail',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      data: event.data,
    });
  });

  it('is kept for a wait to come from the moment that a version awaits its type', async () => {
    const type = `reply.t${(serial += 1)}.received`;
    const [before, after, barrier] = [eventOf(type), eventOf(type), eventOf(await awaitedType())];
    await world.publish({ ...line(before), partition: 0 }, { ...line(barrier), partition: 0 });
    await keptEvent(barrier.id);
    await world.database.query('insert into awaited_event_types values ($1, $2)', [workspaceId, type]);
    await world.publish(line(after));
    await keptEvent(after.id);
    expect(await kept(before.id)).toEqual([]);
  });

  it('is nobody else’s: neither another workspace’s wait nor one that counts later events only', async () => {
    const type = await awaitedType();
    const foreign = await park(type, 'l1', { workspaceId: await world.seedWorkspace() });
    const later = await park(type, 'l1', { since: Date.now() + 3_600_000 });
    const mine = await park(type);
    await world.publish(line(eventOf(type)));
    await delivery(mine);
    expect([...deliveriesTo(foreign), ...deliveriesTo(later)]).toEqual([]);
  });

  it('starts runs as well, in the same transaction', async () => {
    const type = await awaitedType();
    const trigger = await world.seedTrigger(workspaceId, await world.seedWorkflow(workspaceId), { eventType: type });
    const wait = await park(type);
    const event = eventOf(type);
    await world.publish(line(event));
    await Promise.all([delivery(wait), world.requestOf(trigger)]);
    const [decided, stored] = await Promise.all([
      world.database.query<{ xmin: string }>('select xmin::text from decisions where event_id = $1', [event.id]),
      world.database.query<{ xmin: string }>('select xmin::text from event_mailbox where id = $1', [event.id]),
    ]);
    expect(decided).toEqual(stored);
  });

  it.each(['listener.after_commit_before_publish', 'listener.after_publish_before_offsets'] as const)(
    'reaches its wait when the listener fails at %s, always under the same id',
    async (point) => {
      const type = await awaitedType();
      const wait = await park(type);
      const event = eventOf(type);
      armFailpoints([{ name: point, action: { type: 'throw' }, passage: 1 }]);
      await expect(listener.processor.process([recordOf(event)])).rejects.toThrow();
      armFailpoints([]);
      await listener.processor.process([recordOf(event)]);
      await delivery(wait);
      await eventually(() => deliveriesTo(wait).length === (point.includes('after_publish') ? 2 : 1));
      expect(new Set(deliveriesTo(wait).map(({ input }) => input.id)).size).toBe(1);
      expect(await kept(event.id)).toHaveLength(1);
    },
  );

  it('is delivered again to the waits that it came in time for only', async () => {
    const type = await awaitedType();
    const event = eventOf(type);
    await listener.processor.process([recordOf(event)]);
    const [early, late] = [await park(type), await park(type, 'l1', { since: Date.now() + 1 })];
    await listener.processor.process([recordOf(event), recordOf(event)]);
    await delivery(early);
    expect(deliveriesTo(late)).toEqual([]);
  });
});

describe('an event that cannot be kept', () => {
  it('goes aside alone when it grows beyond every message', async () => {
    const type = await awaitedType();
    const good = eventOf(type);
    const text = JSON.stringify(eventOf(type, { data: { list: 'LIST' } })).replace('"LIST"', `[${'1e20,'.repeat(150_000)}1]`);
    await world.publish({ value: text, partition: 0 }, { ...line(good), partition: 0 });
    await keptEvent(good.id);
    const letters = () => world.database.query("select workspace_id from dead_letters where error_code = 'event_too_large'");
    expect(await eventually(async () => (await letters())[0])).toEqual({ workspace_id: workspaceId });
  });

  it('goes aside alone when the database refuses it; decisions and all other events stand', async () => {
    const type = await awaitedType();
    const trigger = await world.seedTrigger(workspaceId, await world.seedWorkflow(workspaceId), { eventType: type });
    const wait = await park(type);
    await world.database.query("alter table event_mailbox add constraint no_keep check (id not like 'refused-%')");
    const ids = ['good-1', 'refused-1', 'good-2', 'good-3'];
    await world.publish(...ids.map((id) => ({ ...line(eventOf(type, { id })), partition: 1 })));
    await eventually(() => deliveriesTo(wait).length === 3);
    expect((await world.decisionsOf(trigger)).map(({ verdict }) => verdict)).toEqual(ids.map(() => 'started'));
    expect(await world.database.query("select from dead_letters where error like '%no_keep%'")).toHaveLength(1);
  });
});

function recordOf(event: CloudEvent): KafkaMessage {
  const value = Buffer.from(JSON.stringify(event));
  return {
    key: null,
    value,
    headers: {},
    timestamp: Date.now(),
    topic: world.topics.crmEvents,
    partition: 0,
    offset: String((serial += 1)),
  };
}
