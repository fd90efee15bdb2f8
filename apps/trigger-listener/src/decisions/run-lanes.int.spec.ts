import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toTypeId } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { ListenerWorld } from '../../test/listener-world.js';

/** Runs of events in workflows that limit their concurrency: queued in their lane, and requested by the orchestrator's admitter only. */
let world: ListenerWorld;
let workspaceId: string;
beforeAll(async () => {
  world = await ListenerWorld.open();
  workspaceId = await world.seedWorkspace();
  await world.startListener();
}, 60_000);
afterAll(() => world.close());

const event = (type: string, id: string, data: object) => ({
  value: JSON.stringify({
    specversion: '1.0',
    id,
    source: '/crm',
    type,
    time: new Date().toISOString(),
    workspaceid: toTypeId('ws', workspaceId),
    data,
  }),
});
const graph = { steps: [{ id: 'a', type: 'transform', output: 1 }], edges: [] };

describe('an event for a workflow with a limit', () => {
  it('queues its run in the lane of its key, and does not request it, however often it comes', async () => {
    const settings = { concurrency: { limit: 3, key: '${ payload.company }-${ inputs.region }' }, priority: 9 };
    const flow = await world.seedWorkflow(workspaceId, { settings, inputs: { region: 'eu' }, graph });
    const limited = await world.seedTrigger(workspaceId, flow, { eventType: 'custom.limited' });
    const free = await world.seedTrigger(workspaceId, await world.seedWorkflow(workspaceId), { eventType: 'custom.limited' });
    await world.publish(event('custom.limited', 'l1', { company: 'acme' }), event('custom.limited', 'l2', { company: 'acme' }));
    await Promise.all([world.decision(limited, 'l2'), world.requestOf(free)]);
    for (const run of await world.runsOf(limited))
      expect(run).toMatchObject({
        status: 'queued',
        lane: `${flow}:acme-eu`,
        lane_limit: 3,
        priority: 9,
        admitted_at: null,
        waiting_for: 'capacity',
      });
    await world.publish(event('custom.limited', 'l1', { company: 'acme' }));
    await eventually(async () => (await world.decision(limited, 'l1')).duplicates === 1);
    await eventually(() => world.requestsOf(free).length >= 2);
    expect(world.requestsOf(limited)).toEqual([]);
    // Once it may start, a lost request is found and sent again with the next delivery.
    await world.database.query("update runs set admitted_at = now() where event_id = 'l1'");
    await world.publish(event('custom.limited', 'l1', { company: 'acme' }));
    expect(await world.requestOf(limited)).toMatchObject({ trigger: { event_id: 'l1' } });
  });

  it('starts no run when the key cannot be found, and the trigger log says why', async () => {
    const settings = { concurrency: { limit: 1, key: '${ payload.company.id }' } };
    const flow = await world.seedWorkflow(workspaceId, { settings, graph });
    const trigger = await world.seedTrigger(workspaceId, flow, { eventType: 'custom.keyless' });
    await world.publish(event('custom.keyless', 'k1', {}));
    expect(await world.decision(trigger, 'k1')).toMatchObject({
      verdict: 'mapping_failed',
      reason: expect.stringContaining('payload.company'),
      details: { code: 'concurrency_key_failed', version: 1 },
      run_id: null,
    });
  });
});
