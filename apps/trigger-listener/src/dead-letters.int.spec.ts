import { encodeBinary, toTypeId, type CloudEvent } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { ListenerWorld } from '../test/listener-world.js';

let world: ListenerWorld;
let workspaceId: string;
let workflowId: string;

beforeAll(async () => {
  world = await ListenerWorld.open();
  workspaceId = await world.seedWorkspace();
  workflowId = await world.seedWorkflow(workspaceId);
  await world.startListener();
}, 60_000);
afterAll(() => world.close());

let serial = 0;
const lead = (more: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: '1.0',
  id: `e-${(serial += 1)}`,
  source: '/crm',
  type: 'lead.created',
  subject: 'l1',
  time: new Date().toISOString(),
  workspaceid: toTypeId('ws', workspaceId),
  data: { lead_id: 'l1' },
  ...more,
});
/** What a shell pipe sends: a JSON line, nothing else. */
const line = (event: object) => ({ value: JSON.stringify(event) });
/** A trigger on an event type of its own, so that tests do not meet each other's. */
async function trigger(seed: Parameters<ListenerWorld['seedTrigger']>[2] = {}, flow = workflowId) {
  const eventType = `custom.t${(serial += 1)}`;
  return { id: await world.seedTrigger(workspaceId, flow, { eventType, ...seed }), type: eventType };
}

describe('what the database refuses', () => {
  it('fails alone: first the run does not start, then the event becomes a dead letter, all others go on', async () => {
    const { id, type } = await trigger();
    await world.database.query("alter table runs add constraint no_run check (event_id not like 'refused-%')");
    await world.database.query("alter table decisions add constraint no_decision check (event_id <> 'refused-entirely')");
    const events = ['good-1', 'refused-run', 'good-2', 'refused-entirely', 'good-3'].map((eventId) =>
      lead({ type, id: eventId }),
    );
    await world.publish(...events.map((event) => ({ ...line(event), partition: 0 })));
    await world.decision(id, 'good-3');
    expect((await world.decisionsOf(id)).map(({ event_id, verdict }) => [event_id, verdict])).toEqual([
      ['good-1', 'started'],
      ['good-2', 'started'],
      ['good-3', 'started'],
      ['refused-run', 'error'],
    ]);
    await eventually(
      async () =>
        (
          await world.database.query("select from dead_letters where error like '%no_decision%' and workspace_id = $1", [
            workspaceId,
          ])
        ).length === 1,
    );
    await eventually(() => world.requestsOf(id).length === 3);
  });
});

describe('a message that is no event', () => {
  const letterOf = (code: string, matching: (letter: { error: string; workspace_id: string | null }) => boolean = () => true) =>
    eventually(async () =>
      (
        await world.database.query<{
          error: string;
          workspace_id: string | null;
          value: Buffer;
          topic: string;
          partition: number;
          offset: number;
        }>('select * from dead_letters where error_code = $1', [code])
      ).find(matching),
    );

  it('becomes a dead letter with its reason, and the good one behind it is handled within two seconds', async () => {
    const { id, type } = await trigger();
    const event = lead({ type });
    const startedAt = Date.now();
    const garbage = ['not json', '"text"', '{"specversion":"1.0"}', '{"a":', '[]', Buffer.from([0xff, 0xfe]), null].map(
      (value) => ({ value, partition: 1 }),
    );
    await world.publish(...garbage, { ...line(event), partition: 1 });
    expect(await world.decision(id, event.id)).toMatchObject({ verdict: 'started' });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    const letter = await letterOf('not_json');
    expect(letter).toMatchObject({ topic: world.topics.crmEvents, partition: 1, workspace_id: null });
    await eventually(() => world.deadLetters.length >= garbage.length);
    expect(world.deadLetters.find((message) => String(message.value) === 'not json')).toMatchObject({
      headers: { 'x-error-code': 'not_json', 'x-orig-topic': world.topics.crmEvents, 'x-orig-partition': '1' },
    });
    expect(await letterOf('not_an_event')).toBeDefined();
    expect(await letterOf('empty_message')).toBeDefined();
  });

  it('names the pointer that breaks the schema of events, or of the event type, for its workspace to see', async () => {
    const { time: _, ...event } = lead({ type: 'lead.segment_entered', data: { lead_id: 'l1' } });
    await world.publish(line({ ...event, specversion: '0.3' }), line(event));
    expect(await letterOf('schema_invalid', ({ error }) => error.includes('#/specversion'))).toMatchObject({
      workspace_id: workspaceId,
    });
    expect(await letterOf('data_invalid')).toMatchObject({
      workspace_id: workspaceId,
      error: expect.stringContaining('#/data/segment_id'),
    });
  });

  it("of an unknown workspace is the installation's, until that workspace exists", async () => {
    const unknown = v7();
    await world.publish(line(lead({ workspaceid: unknown })), line(lead({ workspaceid: 'acme' })));
    expect(await letterOf('unknown_workspace', ({ error }) => error.includes(unknown))).toMatchObject({ workspace_id: null });
    expect(await letterOf('unknown_workspace', ({ error }) => error.includes('acme'))).toMatchObject({ workspace_id: null });
    await world.database.query("insert into workspaces (id, name) values ($1, 'new')", [unknown]);
    const id = await world.seedTrigger(unknown, await world.seedWorkflow(unknown));
    const event = lead({ workspaceid: unknown });
    await world.publish(line(event));
    expect(await world.decision(id, event.id)).toMatchObject({ verdict: 'started' });
  });

  it('holds what no database keeps: it goes aside alone', async () => {
    const { id, type } = await trigger();
    const event = lead({ type });
    const bad = ['"\\u0000"', '"\\ud800"', '1e999', `${'['.repeat(5_000)}${']'.repeat(5_000)}`].map((text) =>
      JSON.stringify(lead({ type, data: { x: 'X' } })).replace('"X"', text),
    );
    await world.publish(
      ...bad.map((value) => ({ value, partition: 2 })),
      { ...encodeBinary(lead({ type, subject: 'a\0b' })), partition: 2 },
      { value: 'x'.repeat(1_100_000), partition: 2 },
      { ...line(event), partition: 2 },
    );
    expect(await world.decision(id, event.id)).toMatchObject({ verdict: 'started' });
    expect(await world.decisionsOf(id)).toHaveLength(1);
    for (const reason of ['U+0000', 'surrogate', 'too large', 'nested'])
      expect(await letterOf('not_storable', ({ error }) => error.includes(reason))).toMatchObject({ workspace_id: workspaceId });
    expect(await letterOf('event_too_large')).toBeDefined();
  });

  it('keeps headers that would be no JSON, too', async () => {
    await world.publish({ value: 'strange headers', headers: { 'x-a': 'a\0b', 'x-b': '\\u0000', 'x-c': '\ufffd' } });
    await eventually(
      async () => (await world.database.query("select from dead_letters where value = 'strange headers'")).length === 1,
    );
  });
});
