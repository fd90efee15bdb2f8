import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findFreePort } from '../../test/find-free-port.js';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway } from '../../test/start-test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-without-broker', { KAFKA_BROKERS: `127.0.0.1:${await findFreePort()}` });
}, 120_000);
afterAll(() => gateway.close(), 30_000);

describe('without a broker', () => {
  it('a run is accepted all the same, durable and readable; a sweep will publish it', async () => {
    const workspace = await gateway.createWorkspace();
    const id = await publishWorkflow(workspace);
    const plain = await workspace.client.post(`/api/v1/flows/workflows/${id}/runs`, { payload: 1 });
    const keyed = await workspace.client.post(`/api/v1/flows/workflows/${id}/runs`, { payload: 2 }, { 'idempotency-key': 'k' });
    for (const { status, json } of [plain, keyed]) {
      expect(status).toBe(202);
      expect((await workspace.client.get(json.links.self)).json).toEqual(json);
    }
    const rows = await gateway.database.query(
      "select from runs where status = 'queued' and seq = 0 and wake_at <= created_at + interval '10 seconds'",
    );
    expect(rows).toHaveLength(2);
  });

  it('the gateway says that it is not ready, and lives', async () => {
    expect((await gateway.anonymous.get('/api/v1/health/ready')).json).toMatchObject({
      status: 503,
      code: 'unavailable',
      checks: { database: 'ok', kafka: expect.any(String) },
    });
    expect((await gateway.anonymous.get('/api/v1/health/live')).status).toBe(200);
  });
});
