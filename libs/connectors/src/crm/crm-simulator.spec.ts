import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject, JsonValue } from '@flows/contracts';
import { RUN_SOURCES, startChildService, type ChildService } from '@flows/testkit';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ActionError } from '../errors/action-error.js';
import { createEgress, type Egress } from '../egress/egress-fetch.js';
import { crmConnector } from './crm.connector.js';

const ENTRY = fileURLToPath(new URL('../../../../tools/crm-simulator/src/main.ts', import.meta.url));

/** The connector against the CRM that it is made for: a process of its own, without a broker. */
let crm: ChildService;
let egress: Egress;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flows-crm-'));
  egress = createEgress({ allowCidrs: ['127.0.0.0/8'] });
  const env = { KAFKA_BROKERS: '127.0.0.1:9', CRM_DATA_FILE: join(folder, 'crm.json'), CRM_WORKSPACE_ID: 'w1' };
  crm = await startChildService({ entry: ENTRY, nodeArguments: RUN_SOURCES, env });
});
afterAll(async () => {
  await crm.stop();
  await egress.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (action: string, input: JsonValue, idempotencyKey: string): Promise<JsonValue> =>
  crmConnector.actions[action]!.run({
    input,
    config: { base_url: crm.url() },
    idempotencyKey,
    signal: AbortSignal.timeout(5_000),
    fetch: egress.fetch,
    causation: { runId: 'run_01h455vb4pex5vsknk084sn02q', depth: 0 },
  });
const sequenceId = async (): Promise<string> => {
  const answer = await egress.fetch(crm.url('/sequences'), { method: 'GET', signal: AbortSignal.timeout(5_000) });
  return (JSON.parse(answer.body) as { items: { id: string }[] }).items[0]!.id;
};

describe('the crm connector and the CRM', () => {
  it('read and change a lead', async () => {
    expect(await run('leads.get', { lead_id: 'lead_0001' }, 'k1')).toMatchObject({ id: 'lead_0001' });
    expect(await run('leads.update', { lead_id: 'lead_0001', fields: { score: 77 } }, 'k2')).toMatchObject({
      id: 'lead_0001',
      score: 77,
    });
  });

  it('enrol a lead once per key', async () => {
    const input = { lead_id: 'lead_0002', sequence_id: await sequenceId() };
    const first = (await run('sequences.add_lead', input, 'k3')) as JsonObject;
    expect(first).toMatchObject({ lead_id: 'lead_0002', sequence_id: input.sequence_id });
    expect(typeof first['enrollment_id']).toBe('string');
    expect(await run('sequences.add_lead', input, 'k3')).toEqual(first);
    expect(await run('sequences.add_lead', input, 'k4')).toEqual({ already_enrolled: true, ...input });
  });

  it('name a lead that is not there', async () => {
    const error: unknown = await run('leads.get', { lead_id: 'nobody' }, 'k5').catch((reason: unknown) => reason);
    expect((error as ActionError).flowError.code).toBe('not_found');
  });
});
