import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonValue } from '@flows/contracts';
import type { ActionContext } from '../connector.js';
import { ActionError } from '../errors/action-error.js';
import { createEgress, type Egress } from '../egress/egress-fetch.js';
import { crmConnector } from './crm.connector.js';

interface Call {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}
let server: Server;
let egress: Egress;
let calls: Call[];
let answer: { status: number; headers?: Record<string, string>; body: string };

beforeAll(async () => {
  egress = createEgress({ allowCidrs: ['127.0.0.0/8'] });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answer.status, answer.headers ?? {}).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await egress.close();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  calls = [];
});

const context = (input: JsonValue): ActionContext => ({
  input,
  config: { base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
  idempotencyKey: 'run_x:add',
  signal: AbortSignal.timeout(5_000),
  fetch: egress.fetch,
  causation: { runId: 'run_01h455vb4pex5vsknk084sn02q', depth: 2 },
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});
const run = (action: string, input: JsonValue) => crmConnector.actions[action]!.run(context(input));
const failure = async (work: Promise<unknown>): Promise<ActionError> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof ActionError)) throw new Error('expected an ActionError');
  return error;
};

describe('crm', () => {
  it('adds a lead to a sequence with key, causation and trace', async () => {
    answer = { status: 201, body: JSON.stringify({ id: 'enr_1', sequence_id: 'seq/1', lead_id: 'lead_1', status: 'active' }) };
    const output = await run('sequences.add_lead', { lead_id: 'lead_1', sequence_id: 'seq/1' });
    expect(output).toEqual({
      already_enrolled: false,
      enrollment_id: 'enr_1',
      sequence_id: 'seq/1',
      lead_id: 'lead_1',
      status: 'active',
    });
    expect(crmConnector.actions['sequences.add_lead']!.receipt!(output)).toEqual({ enrollment_id: 'enr_1' });
    const call = calls[0]!;
    expect([call.method, call.url, call.body]).toEqual(['POST', '/sequences/seq%2F1/enrollments', '{"lead_id":"lead_1"}']);
    expect(call.headers).toMatchObject({
      'idempotency-key': 'run_x:add',
      'x-causation-id': 'run_01h455vb4pex5vsknk084sn02q',
      'x-causation-depth': '2',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'content-type': 'application/json',
    });
  });

  it('reads a lead without a key, and updates one with it', async () => {
    answer = { status: 200, body: '{"id":"lead_1","score":80}' };
    expect(await run('leads.get', { lead_id: 'lead_1' })).toEqual({ id: 'lead_1', score: 80 });
    await run('leads.update', { lead_id: 'lead_1', fields: { score: 80 } });
    expect(calls.map(({ method, url, body, headers }) => [method, url, body, headers['idempotency-key']])).toEqual([
      ['GET', '/leads/lead_1', '', undefined],
      ['PATCH', '/leads/lead_1', '{"score":80}', 'run_x:add'],
    ]);
  });

  it.each([
    [404, 'not_found', 'non_retryable'],
    [409, 'conflict', 'non_retryable'],
    [401, 'unauthorized', 'auth'],
    [503, 'provider_unavailable', 'retryable'],
  ])('says what a %d means', async (status, code, errorClass) => {
    answer = { status, body: '{"code":"x"}' };
    expect((await failure(run('leads.get', { lead_id: 'l' }))).flowError).toMatchObject({
      code,
      class: errorClass,
      details: { status, body: '{"code":"x"}' },
    });
  });

  it('honours Retry-After', async () => {
    answer = { status: 429, headers: { 'retry-after': '3' }, body: '' };
    expect((await failure(run('leads.get', { lead_id: 'l' }))).retryAfterMs).toBe(3_000);
  });

  it.each(['<html>', '[]', 'null', '{"status":"active"}'])('trusts no answer: %s', async (body) => {
    answer = { status: 200, body };
    const error = await failure(run('sequences.add_lead', { lead_id: 'l', sequence_id: 's' }));
    expect(error.flowError.code).toBe('provider_answer_invalid');
    expect(error.effectUnknown).toBe(true);
  });

  it('names a connection without base_url', async () => {
    const work = crmConnector.actions['leads.get']!.run({ ...context({ lead_id: 'l' }), config: {} });
    expect((await failure(work)).flowError.code).toBe('connection_invalid');
  });
});
