import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeRunInput, type JsonValue, type StepReported, type StepWork } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { commandOf, nextAttempt, type CommandOptions } from './command.builder.js';
import { ExecutorHarness } from './executor.harness.js';

let harness: ExecutorHarness;
beforeAll(async () => {
  harness = await ExecutorHarness.start('executor');
  await harness.startExecutor({ EXECUTOR_CONNECTOR_CONCURRENCY: '8', INSTANCE_ID: 'executor-1' });
}, 60_000);
afterAll(() => harness.close());
beforeEach(() => harness.provider.reset());

const noop: StepWork = { kind: 'connector', connection: 'none', action: 'noop.run' };
const update: StepWork = { kind: 'connector', connection: 'crm', action: 'leads.update' };
const lead = { lead_id: 'lead_1', fields: { score: 5 } };
const http = (method: string, changes: object = {}): StepWork => ({
  kind: 'http',
  method,
  expect: ['2xx'],
  follow_redirects: false,
  idempotency_header: 'Idempotency-Key',
  ...changes,
});
const command = (work: StepWork, input: JsonValue = null, more: Partial<CommandOptions> = {}) =>
  commandOf({ workspaceId: harness.workspaceId, work, input, ...more });
const run = async (work: StepWork, input: JsonValue = null, more: Partial<CommandOptions> = {}): Promise<StepReported> => {
  const one = command(work, input, more);
  await harness.send(work.kind === 'agent' ? 'agent' : 'connector', one);
  return harness.reportOf(one);
};

describe('a command', () => {
  it('is reported under its attempt, in a form that the orchestrator reads, with its trace', async () => {
    const one = command(noop, { hello: 'world' });
    await harness.send('connector', one);
    const { headers, ...report } = (await harness.reportOf(one)) as StepReported & { headers: Record<string, string> };
    expect(decodeRunInput(report).ok).toBe(true);
    expect(report).toMatchObject({
      type: 'step.reported',
      run_id: one.run_id,
      workspace_id: harness.workspaceId,
      step_id: 'step',
      attempt: 1,
      executor: 'executor-1',
      outcome: { status: 'completed', output: { hello: 'world' } },
      trace_id: '0af7651916cd43dd8448eb211c80319c',
    });
    expect(headers).toMatchObject({
      ce_type: 'step.reported',
      ce_id: report.id,
      traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
    });
    expect(await harness.effect(one)).toBeUndefined();
  });

  it.each<[string, StepWork, JsonValue, string, string]>([
    ['an unknown connection', { kind: 'connector', connection: 'x', action: 'y' }, null, 'connection_unknown', 'non_retryable'],
    [
      'an unknown action',
      { kind: 'connector', connection: 'crm', action: 'constructor' },
      null,
      'action_unknown',
      'non_retryable',
    ],
    [
      'a provider without connector',
      { kind: 'connector', connection: 'alien', action: 'y' },
      null,
      'connector_unknown',
      'non_retryable',
    ],
    [
      'a connection that needs re-authorisation',
      { kind: 'connector', connection: 'expired', action: 'leads.get' },
      lead,
      'needs_reauth',
      'auth',
    ],
    [
      'a disabled connection',
      { kind: 'connector', connection: 'off', action: 'leads.get' },
      lead,
      'connection_disabled',
      'non_retryable',
    ],
    ['a wrong input', update, { lead_id: 'l' }, 'invalid_input', 'non_retryable'],
    ['an unknown agent', { kind: 'agent', agent: 'x' }, null, 'agent_unknown', 'non_retryable'],
    [
      'an agent without a connection that it requires',
      { kind: 'agent', agent: 'needy' },
      null,
      'connector_missing',
      'non_retryable',
    ],
    ['an agent whose connection needs re-authorisation', { kind: 'agent', agent: 'expired-needy' }, null, 'needs_reauth', 'auth'],
  ])('fails clearly for %s, and calls nobody', async (_, work, input, code, errorClass) => {
    expect((await run(work, input)).outcome).toMatchObject({
      status: 'failed',
      error: { code, class: errorClass, origin: 'executor' },
    });
    expect(harness.provider.calls).toHaveLength(0);
  });

  it('sees a connection that was connected again within a second or so', async () => {
    await harness.database.query("update connections set status = 'connected' where name = 'expired'");
    harness.provider.answer({ body: { id: 'lead_1' } });
    await eventually(
      async () =>
        (await run({ kind: 'connector', connection: 'expired', action: 'leads.get' }, { lead_id: 'lead_1' })).outcome.status ===
        'completed',
    );
    await harness.database.query("update connections set status = 'needs_reauth' where name = 'expired'");
  });
});

describe('an effect', () => {
  it('is in the ledger with its receipt, and a second delivery reports it without a call', async () => {
    harness.provider.answer({ body: { id: 'lead_1', updated_at: 'now' } });
    const one = command(update, lead);
    await harness.send('connector', one);
    const report = await harness.reportOf(one);
    expect(report.outcome).toMatchObject({
      status: 'completed',
      effects: [
        {
          kind: 'connector',
          connection: 'crm',
          provider: 'crm',
          action: 'leads.update',
          state: 'done',
          idempotency_key: one.idempotency_key,
          receipt: { lead_id: 'lead_1', updated_at: 'now' },
        },
      ],
    });
    expect(await harness.effect(one)).toMatchObject({
      state: 'done',
      keyed: true,
      claimed_by: null,
      receipt: { lead_id: 'lead_1', updated_at: 'now' },
    });
    await harness.send('connector', one, one);
    await eventually(() => harness.reportsOf(one).length >= 2);
    expect(harness.reportsOf(one).at(-1)?.outcome).toEqual(report.outcome);
    expect(harness.provider.calls).toHaveLength(1);
  });

  it('is tried again by the next attempt under the same key and with the same bytes', async () => {
    harness.provider.answerNext({ status: 503, headers: { 'retry-after': '2' } });
    harness.provider.answer({ body: { id: 'lead_1' } });
    const one = command(update, lead);
    const two = nextAttempt(one);
    await harness.send('connector', one);
    expect((await harness.reportOf(one)).outcome).toMatchObject({
      status: 'failed',
      retry_after_ms: 2000,
      error: { code: 'provider_unavailable', class: 'retryable' },
    });
    await harness.send('connector', two);
    expect((await harness.reportOf(two)).outcome.status).toBe('completed');
    const calls = harness.provider.callsOf(one.idempotency_key);
    expect(calls).toHaveLength(2);
    expect(new Set(calls.map(({ bodyHash }) => bodyHash)).size).toBe(1);
  });

  it('is never sent with other bytes under the same key', async () => {
    harness.provider.answer({ status: 500 });
    const one = command(update, lead);
    await harness.send('connector', one);
    await harness.reportOf(one);
    const other = { ...nextAttempt(one), input: { ...lead, fields: { score: 6 } } };
    await harness.send('connector', other);
    expect((await harness.reportOf(other)).outcome).toMatchObject({ error: { code: 'idempotency_key_conflict' } });
    expect(harness.provider.calls).toHaveLength(1);
  });

  it('is in doubt where the connection broke and the receiver knows no key', async () => {
    harness.provider.answerNext({ breakAfterEffect: true });
    const one = command(http('POST', { idempotency_header: null }), {
      url: `${harness.provider.url}/hook`,
      headers: null,
      body: { a: 1 },
    });
    await harness.send('connector', one);
    expect((await harness.reportOf(one)).outcome).toMatchObject({ error: { code: 'effect_in_doubt', class: 'non_retryable' } });
    expect(await harness.effect(one)).toMatchObject({ state: 'in_doubt' });
    const two = nextAttempt(one);
    await harness.send('connector', two);
    expect((await harness.reportOf(two)).outcome).toMatchObject({ error: { code: 'effect_in_doubt' } });
    expect(harness.provider.effects).toHaveLength(1);
  });
});

describe('an http step', () => {
  it('gives status, headers and the parsed body', async () => {
    harness.provider.answer({ status: 201, body: { ok: true }, headers: { 'X-Auth-Token': 'secret' } });
    const report = await run(http('POST'), { url: `${harness.provider.url}/things`, headers: { 'x-a': 'b' }, body: { n: 1 } });
    expect(report.outcome).toMatchObject({
      status: 'completed',
      output: { status: 201, body: { ok: true }, headers: { 'x-auth-token': '***' } },
    });
    expect(harness.provider.calls[0]).toMatchObject({
      method: 'POST',
      path: '/things',
      body: '{"n":1}',
      headers: { 'x-a': 'b', 'content-type': 'application/json' },
    });
    expect(harness.provider.calls[0]?.idempotencyKey).not.toBeNull();
  });

  it.each([
    ['a private address', 'http://10.0.0.1/'],
    ['a port that is not open', 'http://8.8.8.8:22/'],
  ])('refuses %s', async (_, url) => {
    expect((await run(http('GET'), { url, headers: null, body: null })).outcome).toMatchObject({
      error: { code: 'egress_denied', class: 'non_retryable' },
    });
  });

  it('ends at the deadline of the attempt', async () => {
    harness.provider.answer({ hang: true });
    const report = await run(http('GET'), { url: `${harness.provider.url}/slow`, headers: null, body: null }, { timeoutMs: 200 });
    expect(report.outcome).toMatchObject({ error: { code: 'step_timeout', class: 'timeout' } });
  });

  it('takes as success what it expects', async () => {
    harness.provider.answer({ status: 404, body: 'none' });
    expect(
      (await run(http('GET', { expect: [200, 404] }), { url: harness.provider.url, headers: null, body: null })).outcome,
    ).toMatchObject({ status: 'completed', output: { status: 404 } });
    expect((await run(http('GET'), { url: harness.provider.url, headers: null, body: null })).outcome).toMatchObject({
      error: { code: 'not_found', details: { status: 404 } },
    });
  });
});

describe('an agent', () => {
  it('answers offline, says so, and records cost and tokens', async () => {
    const report = await run({ kind: 'agent', agent: 'scorer' }, { lead: { title: 'CEO' } });
    expect(report.outcome).toMatchObject({
      status: 'completed',
      output: { score: 45, made_by: 'offline' },
      cost: { amount: 0, currency: 'USD', tokens: 0 },
      effects: [{ kind: 'agent', agent: 'scorer', provider: 'offline', receipt: { made_by: 'offline' } }],
    });
  });
});

describe('the intake', () => {
  it('puts what is no command aside, in topic and table, and goes on', async () => {
    const topic = harness.kafka.topics.stepCommands('connector');
    await harness.sendRaw({ topic, key: 'k', value: 'not json', headers: { ce_workspaceid: harness.workspaceId } });
    await harness.sendRaw({ topic, key: 'k', value: '{"type":"step.run"}' });
    expect((await run(noop, 1)).outcome.status).toBe('completed');
    const rows = await eventually(async () => {
      const found = await harness.database.query<{ error_code: string; workspace_id: string | null }>(
        'select error_code, workspace_id from dead_letters order by "offset"',
      );
      return found.length === 2 ? found : null;
    });
    expect(rows).toEqual([
      { error_code: 'not_json', workspace_id: harness.workspaceId },
      { error_code: 'schema_violation', workspace_id: null },
    ]);
    await eventually(async () => (await harness.lag('connector')) === 0);
  });

  it('is held up by nothing that is slow, and commits only up to the oldest command at work', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    harness.provider.answer(async () => {
      await released;
      return { body: { id: 'lead_1' } };
    });
    const runId = command(noop).run_id;
    const slow = command(update, lead, { runId, stepId: 'slow' });
    const quick = Array.from({ length: 20 }, (_, index) => command(noop, index, { runId, stepId: `quick_${index}` }));
    await harness.send('connector', slow);
    await eventually(() => harness.provider.calls.length === 1);
    await harness.send('connector', ...quick);
    for (const one of quick) await harness.reportOf(one);
    expect(harness.reportsOf(slow)).toHaveLength(0);
    expect(await harness.lag('connector')).toBe(21);
    release();
    await harness.reportOf(slow);
    await eventually(async () => (await harness.lag('connector')) === 0);
  });

  it('starts no more than its slots, and takes the rest when they are free', async () => {
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    harness.provider.answer(async () => {
      most = Math.max(most, (open += 1));
      await new Promise<void>((resolve) => waiting.push(resolve));
      open -= 1;
      return { body: { id: 'lead_1' } };
    });
    const commands = Array.from({ length: 30 }, () => command(update, lead));
    await harness.send('connector', ...commands);
    await eventually(() => waiting.length === 8);
    expect(harness.provider.calls).toHaveLength(8);
    await eventually(() => {
      for (const resume of waiting.splice(0)) resume();
      return commands.every((one) => harness.reportsOf(one).length === 1);
    });
    expect(most).toBe(8);
    expect(harness.provider.calls).toHaveLength(30);
  });
});
