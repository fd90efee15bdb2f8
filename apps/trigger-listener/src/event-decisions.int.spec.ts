import { encodeBinary, encodeStructured, isUuid, toTypeId, type CloudEvent } from '@flows/contracts';
import { armFailpoints } from '@flows/service-kit';
import { eventually } from '@flows/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ListenerWorld, type Listener } from '../test/listener-world.js';

let world: ListenerWorld;
let listener: Listener;
let workspaceId: string;
let workflowId: string;

beforeAll(async () => {
  world = await ListenerWorld.open();
  workspaceId = await world.seedWorkspace();
  workflowId = await world.seedWorkflow(workspaceId);
  listener = await world.startListener();
}, 60_000);
afterEach(() => armFailpoints([]));
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

describe('an event that matches', () => {
  it('starts one run, logged, queued and requested, from a JSON line without headers', async () => {
    const { id, type } = await trigger();
    const event = lead({ type, data: { lead_id: 'l1', score: 7 } });
    await world.publish(line(event));
    const decision = await world.decision(id, event.id);
    expect(decision).toMatchObject({
      verdict: 'started',
      details: { version: 1, record: expect.stringContaining('crm.events.v1/') },
      duplicates: 0,
    });
    expect(isUuid(decision.run_id ?? '')).toBe(true);
    expect(await world.runsOf(id)).toMatchObject([
      {
        id: decision.run_id,
        status: 'queued',
        version: 1,
        trigger_type: 'crm_event',
        event_id: event.id,
        payload: { event: type, lead_id: 'l1', score: 7 },
      },
    ]);
    const request = await world.requestOf(id);
    expect(request).toMatchObject({
      id: `req:${decision.run_id}`,
      run_id: decision.run_id,
      workspace_id: workspaceId,
      workflow_id: workflowId,
      version: 1,
      trigger: { type: 'crm_event', trigger_id: id, event_id: event.id, event, causation_depth: 0 },
    });
    expect(world.requests.find(({ request: { run_id } }) => run_id === decision.run_id)?.message).toMatchObject({
      key: decision.run_id,
      headers: {
        ce_id: `req:${decision.run_id}`,
        ce_type: 'run.requested',
        ce_workspaceid: workspaceId,
        traceparent: expect.stringMatching(/^00-/),
      },
    });
    const [row] = await world.runsOf(id);
    // The default time-out of a run, counted from its creation.
    expect(Number(row?.['expires_at']) - Number(row?.['created_at'])).toBe(30 * 86_400_000);
  });

  it('is understood in structured and in binary mode, and from the topic of connectors', async () => {
    const { id, type } = await trigger();
    const connector = await trigger({ type: 'connector_event' });
    const [structured, binary, form] = [lead({ type }), lead({ type, causationdepth: 2 }), lead({ type: connector.type })];
    await world.publish(encodeStructured(structured), encodeBinary(binary), {
      ...encodeBinary(form),
      topic: world.topics.connectorEvents,
    });
    expect(await world.decision(id, structured.id)).toMatchObject({ verdict: 'started' });
    expect(await world.decision(id, binary.id)).toMatchObject({ verdict: 'started' });
    expect(await world.decision(connector.id, form.id)).toMatchObject({ verdict: 'started' });
    const depth = (await world.runsOf(id)).find((run) => run['event_id'] === binary.id)?.['trigger'];
    expect(depth).toMatchObject({ causation_depth: 3 });
  });

  it('goes on in the trace that it came in', async () => {
    const { id, type } = await trigger();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const [hop, own] = [lead({ type }), lead({ type, traceparent })];
    await world.publish({ ...encodeStructured(hop), headers: { ...encodeStructured(hop).headers, traceparent } }, line(own));
    await Promise.all([world.decision(id, hop.id), world.decision(id, own.id)]);
    for (const run of await world.runsOf(id)) expect(run['traceparent']).toContain('0af7651916cd43dd8448eb211c80319c');
  });

  it('takes the version that is current, in force at once, with its time-out', async () => {
    const flow = await world.seedWorkflow(workspaceId);
    const { id, type } = await trigger({}, flow);
    const first = lead({ type });
    await world.publish(line(first));
    await world.decision(id, first.id);
    await world.publishVersion(workspaceId, flow, 2, { settings: { timeout: '1h' } });
    const second = lead({ type });
    await world.publish(line(second));
    await world.decision(id, second.id);
    const [one, two] = await world.runsOf(id);
    expect([one?.['version'], two?.['version']]).toEqual([1, 2]);
    expect(Number(two?.['expires_at']) - Number(two?.['created_at'])).toBe(3_600_000);
  });

  it('marks when its trigger fired last', async () => {
    const { id, type } = await trigger();
    await world.publish(line(lead({ type })));
    await eventually(
      async () =>
        (await world.database.query<{ last_fired_at: Date | null }>('select last_fired_at from triggers where id = $1', [id]))[0]
          ?.last_fired_at,
    );
  });
});

describe('exactly one run', () => {
  it('however often the event is sent, in one batch or later, over whatever partition', async () => {
    const { id, type } = await trigger();
    const event = lead({ type });
    await world.publish(...[0, 1, 2].map((partition) => ({ ...line(event), partition })));
    await world.decision(id, event.id);
    await world.publish({ ...line(event), partition: 0 }, { ...line(event), partition: 1 });
    await eventually(async () => (await world.decision(id, event.id)).duplicates === 4, { what: 'all deliveries' });
    expect(await world.decisionsOf(id)).toHaveLength(1);
    expect(await world.runsOf(id)).toHaveLength(1);
    expect(new Set(world.requestsOf(id).map((request) => request.id)).size).toBe(1);
  });

  it('when two replicas get the same events at the same time', async () => {
    const { id, type } = await trigger();
    const other = await world.startListener({ consuming: false });
    const messages = Array.from({ length: 200 }, (_, index) => ({
      topic: world.topics.crmEvents,
      partition: index % 3,
      offset: String(1_000_000 + index),
      key: null,
      timestamp: Date.now(),
      headers: {},
      value: Buffer.from(JSON.stringify(lead({ type, id: `both-${index % 100}` }))),
    }));
    await Promise.all([
      listener.processor.process(messages),
      other.processor.process([...messages].reverse()),
      other.processor.process(messages.slice(50)),
    ]);
    expect(await world.decisionsOf(id)).toHaveLength(100);
    expect(await world.runsOf(id)).toHaveLength(100);
  });

  it('also when it dies between commit and publish: the redelivered event publishes what was committed', async () => {
    const { id, type } = await trigger();
    const event = lead({ type });
    armFailpoints([{ name: 'listener.after_commit_before_publish', action: { type: 'throw' }, passage: 1 }]);
    await world.publish(line(event));
    const request = await world.requestOf(id);
    const decision = await world.decision(id, event.id);
    expect(request).toMatchObject({ id: `req:${decision.run_id}`, payload: { event: type, lead_id: 'l1' }, trigger: { event } });
    // The redelivery of a record is no duplicate of the producer.
    expect(decision.duplicates).toBe(0);
    expect(await world.runsOf(id)).toHaveLength(1);
  });

  it('and does not request a run again that has begun', async () => {
    const { id, type } = await trigger();
    const event = lead({ type });
    await world.publish(line(event));
    await eventually(() => world.requestsOf(id).length === 1);
    await world.database.query("update runs set status = 'running' where trigger_id = $1", [id]);
    await world.publish(line(event));
    await eventually(async () => (await world.decision(id, event.id)).duplicates === 1);
    expect(world.requestsOf(id)).toHaveLength(1);
  });
});

describe('an event that starts nothing', () => {
  it('says which clause was false, and what it saw', async () => {
    const { id, type } = await trigger({ filter: 'event.data.country == "AT" && event.data.score >= 50' });
    const event = lead({ type, data: { country: 'AT', score: 12 } });
    await world.publish(line(event));
    expect(await world.decision(id, event.id)).toMatchObject({
      verdict: 'filtered',
      run_id: null,
      reason: 'Not true: event.data.score >= 50 (event.data.score is 12)',
      details: { clause: 'event.data.score >= 50', values: { 'event.data.score': 12 } },
    });
  });

  it('because the mapping fails, or its result does not fit the input schema', async () => {
    const flow = await world.seedWorkflow(workspaceId, {
      input_schema: { type: 'object', required: ['lead'], properties: { lead: { type: 'object', required: ['id'] } } },
    });
    const failing = await trigger({ mapping: { lead: '${ event.data.nothing }' } }, flow);
    const misfit = await trigger({ mapping: { lead: { name: '${ event.data.lead_id }' } } }, flow);
    const [first, second] = [lead({ type: failing.type }), lead({ type: misfit.type })];
    await world.publish(line(first), line(second));
    expect(await world.decision(failing.id, first.id)).toMatchObject({
      verdict: 'mapping_failed',
      reason: expect.stringContaining('event.data.nothing'),
    });
    expect(await world.decision(misfit.id, second.id)).toMatchObject({
      verdict: 'mapping_failed',
      reason: expect.stringContaining('#/lead/id: "id" is required'),
      details: { pointer: '#/lead/id' },
    });
  });

  it('because the trigger or the workflow is off, in force from the moment that it is', async () => {
    const flow = await world.seedWorkflow(workspaceId);
    const off = await trigger({ enabled: false }, flow);
    const { id, type } = await trigger({}, flow);
    const [first, second] = [lead({ type: off.type }), lead({ type })];
    await world.publish(line(first), line(second));
    expect(await world.decision(off.id, first.id)).toMatchObject({ verdict: 'disabled', details: { code: 'trigger_disabled' } });
    expect(await world.decision(id, second.id)).toMatchObject({ verdict: 'started' });
    await world.database.query("update workflows set status = 'inactive' where id = $1", [flow]);
    await world.database.query('update triggers set enabled = true where id = $1', [off.id]);
    const [third, fourth] = [lead({ type: off.type }), lead({ type })];
    await world.publish(line(third), line(fourth));
    expect(await world.decision(off.id, third.id)).toMatchObject({
      verdict: 'disabled',
      details: { code: 'workflow_not_active' },
      reason: expect.stringContaining('inactive'),
    });
    expect(await world.decision(id, fourth.id)).toMatchObject({ verdict: 'disabled' });
  });

  it('because flows cause each other in a chain', async () => {
    const { id, type } = await trigger();
    const event = lead({ type, causationid: 'run_x', causationdepth: 8 });
    await world.publish(encodeBinary(event));
    expect(await world.decision(id, event.id)).toMatchObject({
      verdict: 'loop',
      details: { causationid: 'run_x', causation_depth: 9 },
    });
  });

  it('because the trigger is of another workspace, deleted, or broken', async () => {
    const foreignWorkspace = await world.seedWorkspace();
    const foreign = await world.seedTrigger(foreignWorkspace, await world.seedWorkflow(foreignWorkspace), {
      eventType: 'custom.shared',
    });
    const deleted = await world.seedTrigger(workspaceId, workflowId, { eventType: 'custom.shared' });
    await world.database.query('delete from triggers where id = $1', [deleted]);
    const broken = await world.seedTrigger(workspaceId, workflowId, { eventType: 'custom.shared', filter: 'event.data.' });
    const event = lead({ type: 'custom.shared' });
    await world.publish(line(event));
    expect(await world.decision(broken, event.id)).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('#/filter'),
    });
    expect(await world.decisionsOf(foreign)).toEqual([]);
    expect(await world.decisionsOf(deleted)).toEqual([]);
  });
});
