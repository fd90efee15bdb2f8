import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fromTypeId, type RunInput } from '@flows/contracts';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';
import { setStatus, uuidOf, writeRun, type WrittenFact } from '../../test/stored-run.js';
import { watchRunInputs, type WatchedInputs } from '../../test/watch-run-inputs.js';

const RUNS = '/api/v1/flows/runs';
let gateway: TestGateway;
let workspace: TestWorkspace;
let workflow: string;
let inputs: WatchedInputs;
/** Plays the orchestrator. */
let react: (input: RunInput) => Promise<void>;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-control');
  workspace = await gateway.createWorkspace();
  workflow = await publishWorkflow(workspace);
  inputs = await watchRunInputs(gateway, (input) => react(input));
}, 120_000);
afterAll(async () => {
  await inputs.close();
  await gateway.close();
});
beforeEach(() => {
  react = () => Promise.resolve();
});

const post = (path: string, body?: object, headers?: Record<string, string>) =>
  workspace.client.post(`${RUNS}/${path}`, body, headers);
const start = async (payload: unknown = {}): Promise<string> =>
  (await workspace.client.post(`/api/v1/flows/workflows/${workflow}/runs`, { payload })).json.id;
/** A run in a state, as its row says. */
async function runIn(status: string, waitingFor?: string): Promise<string> {
  const id = await start();
  await writeRun(gateway, id, [], { status, ...(waitingFor === undefined ? {} : { waitingFor }) });
  return id;
}
const controlsOf = (id: string) => inputs.of(uuidOf(id)).filter(({ type }) => type.startsWith('control.'));

describe('pause, resume, cancel, terminate', () => {
  it.each([
    ['pause', 'running', 'paused'],
    ['resume', 'paused', 'running'],
    ['cancel', 'waiting', 'cancelled'],
    ['terminate', 'running', 'cancelled'],
  ])('%s answers 200 with the run once its state has followed', async (action, before, after) => {
    react = async (input) => {
      if (input.type === `control.${action}`) await setStatus(gateway, input.run_id, after);
    };
    const id = await runIn(before);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await post(`${id}/${action}`, { reason: 'tired' }, { traceparent });
    expect([answer.status, answer.json.id, answer.json.status]).toEqual([200, id, after]);
    const [sent] = controlsOf(id);
    expect(sent).toMatchObject({
      type: `control.${action}`,
      id: expect.stringMatching(new RegExp(`^ctl:${action}:${uuidOf(id)}:`)),
      workspace_id: fromTypeId('ws', workspace.id),
      reason: 'tired',
      actor: expect.any(String),
    });
    const { message } = inputs.all.find(({ input }) => input.id === sent?.id) ?? {};
    expect(message).toMatchObject({ key: uuidOf(id), headers: { traceparent, ce_id: sent?.id, ce_type: `control.${action}` } });
  });

  it('answers 202 with the run as it is when nobody follows in time', async () => {
    const id = await runIn('running');
    const answer = await post(`${id}/pause`);
    expect([answer.status, answer.json.status]).toEqual([202, 'running']);
  });

  it.each([
    ['pause', 'paused', 0],
    ['cancel', 'cancelled', 0],
    ['terminate', 'cancelled', 0],
    ['resume', 'queued', 0],
    // A single step may still be blocked on a connection: the run knows.
    ['resume', 'running', 1],
    ['resume', 'waiting', 1],
  ])('%s of a %s run is answered with the run at once', async (action, status, told) => {
    const id = await runIn(status);
    const answer = await post(`${id}/${action}`);
    expect([answer.status, answer.json.status]).toEqual([200, status]);
    if (told === 1) await inputs.next(uuidOf(id), 'control.resume');
    expect(controlsOf(id)).toHaveLength(told);
  });

  it.each([
    ['pause', 'completed'],
    ['pause', 'failed'],
    ['resume', 'cancelled'],
    ['cancel', 'completed'],
    ['cancel', 'timed_out'],
    ['terminate', 'failed'],
  ])('%s of a %s run is refused with its status', async (action, status) => {
    const id = await runIn(status);
    const { json } = await post(`${id}/${action}`);
    expect(json).toMatchObject({ status: 409, code: 'run_state_conflict', run_status: status });
    expect(controlsOf(id)).toEqual([]);
  });

  it('resumes a run that waits for a connection to be re-authorised', async () => {
    react = async (input) => {
      if (input.type === 'control.resume') await setStatus(gateway, input.run_id, 'running');
    };
    const id = await runIn('waiting', 'reauth');
    expect((await post(`${id}/resume`)).status).toBe(200);
  });

  it('is refused when the run ended first', async () => {
    react = async (input) => {
      if (input.type === 'control.pause') await setStatus(gateway, input.run_id, 'completed');
    };
    expect((await post(`${await runIn('running')}/pause`)).json).toMatchObject({
      code: 'run_state_conflict',
      run_status: 'completed',
    });
  });

  it('does not pause a cleanup, and says so; the run says that it is being cancelled', async () => {
    const id = await runIn('waiting', 'timer');
    const facts = (...types: string[]) =>
      Promise.all(
        types.map((type, index) =>
          gateway.database.query(
            `insert into run_facts (run_id, seq, workspace_id, type, at, data, caused_by) values ($1, $2, $3, $4, now(), '{}', 'x')`,
            [uuidOf(id), index + 1, fromTypeId('ws', workspace.id), type],
          ),
        ),
      );
    const view = async () => (await workspace.client.get(`${RUNS}/${id}`)).json;
    expect(await view()).toMatchObject({ cancelling: false });
    await gateway.database.query('update runs set cancel_requested_at = now() where id = $1', [uuidOf(id)]);
    await facts('run.started', 'run.cancelling');
    expect(await view()).toMatchObject({ cancelling: true });
    expect((await post(`${id}/pause`)).json).toMatchObject({
      status: 409,
      code: 'run_state_conflict',
      run_status: 'waiting',
      detail: expect.stringContaining('being cancelled'),
    });
    expect(controlsOf(id)).toEqual([]);
    // The row remembers the cancellation of a life before.
    await gateway.database.query('delete from run_facts where run_id = $1', [uuidOf(id)]);
    await facts('run.started', 'run.cancelling', 'run.cancelled', 'run.retried', 'step.waiting');
    expect(await view()).toMatchObject({ cancelling: false });
    expect((await post(`${id}/pause`)).status).toBe(202);
  });

  it('does not say of a pause that it follows when a cancellation came first', async () => {
    const id = await runIn('running');
    react = async (input) => {
      if (input.type !== 'control.pause') return;
      await gateway.database.query(
        `insert into run_facts (run_id, seq, workspace_id, type, at, data, caused_by) values ($1, 1, $2, 'run.cancelling', now(), '{}', 'x')`,
        [uuidOf(id), fromTypeId('ws', workspace.id)],
      );
      await gateway.database.query('update runs set cancel_requested_at = now(), seq = 1 where id = $1', [uuidOf(id)]);
    };
    expect((await post(`${id}/pause`)).json).toMatchObject({ status: 409, run_status: 'running' });
  });

  it('is done once per idempotency key', async () => {
    react = async (input) => {
      if (input.type === 'control.pause') await setStatus(gateway, input.run_id, 'paused');
    };
    const id = await runIn('running');
    const first = await post(`${id}/pause`, {}, { 'idempotency-key': 'pause-1' });
    await setStatus(gateway, uuidOf(id), 'running');
    const again = await post(`${id}/pause`, {}, { 'idempotency-key': 'pause-1' });
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([200, first.text, 'true']);
    expect(controlsOf(id)).toHaveLength(1);
  });

  it('is done for more requests with keys at a time than there are connections', async () => {
    react = async (input) => {
      if (input.type === 'control.pause') await setStatus(gateway, input.run_id, 'paused');
    };
    const ids = await Promise.all(Array.from({ length: 30 }, () => runIn('running')));
    const answers = await Promise.all(ids.map((id) => post(`${id}/pause`, {}, { 'idempotency-key': `many-${id}` })));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
  });

  it('takes nothing else, needs its scope, and knows no runs of others', async () => {
    const id = await runIn('running');
    expect((await post(`${id}/pause`, { why: 'x' })).json.errors).toMatchObject([{ pointer: '#/why', code: 'unknown_key' }]);
    const other = await gateway.createWorkspace();
    for (const action of ['pause', 'resume', 'cancel', 'terminate', 'retry', 'replay'])
      expect((await other.client.post(`${RUNS}/${id}/${action}`, {})).status).toBe(404);
    expect((await other.client.post(`${RUNS}/${id}/signal`, { type: 'x' })).status).toBe(404);
    expect((await other.client.get(`${RUNS}/${id}/retry-plan`)).status).toBe(404);
  });
});

const retried = { actor: 'a', from: [], reset: [], expires_at: '2026-12-01T00:00:00.000Z', live_edges: [] };
/** As the orchestrator takes a retry: when the run is still where it was. */
async function follow(input: RunInput): Promise<void> {
  if (input.type !== 'control.retry') return;
  await gateway.database.query(
    `with r as (update runs set status = 'running', seq = seq + 1 where id = $1 and seq = $2 returning id, seq, workspace_id)
     insert into run_facts (run_id, seq, workspace_id, type, at, data, caused_by) select id, seq, workspace_id, 'run.retried', now(), $4, $3 from r`,
    [input.run_id, input.expected_seq, input.id, JSON.stringify(retried)],
  );
}

const error = { code: 'boom', message: 'boom', class: 'non_retryable', origin: 'provider' };
const failedFacts: WrittenFact[] = [
  ['run.started', null, { workflow_id: 'wf', version: 1 }],
  ['step.completed', 'first', { output: 1, live_edges: [0] }],
  ['step.failed', 'pick', { attempt: 0, error, handling: 'halt', live_edges: [] }],
  ['run.failed', null, { error: { ...error, step_id: 'pick', attempt: 0 } }],
];
const failedAt = (stepId: string): WrittenFact[] => [
  ['run.started', null, { workflow_id: 'wf', version: 1 }],
  ['step.failed', stepId, { attempt: 0, error, handling: 'halt', live_edges: [] }],
  ['run.failed', null, { error: { ...error, step_id: stepId, attempt: 0 } }],
];
async function failedRun(): Promise<string> {
  const id = await start();
  await writeRun(gateway, id, failedFacts, { status: 'failed' });
  return id;
}

describe('retry', () => {
  it('goes on from what failed, if the run is still the one that was read', async () => {
    react = follow;
    const id = await failedRun();
    const plan = (await workspace.client.get(`${RUNS}/${id}/retry-plan`)).json;
    expect(plan).toMatchObject({
      from: ['pick'],
      reused: [{ step_id: 'first', status: 'completed' }],
      rerun: [{ step_id: 'pick', status: 'failed' }],
      effects: [],
    });
    const answer = await post(`${id}/retry`, { plan_hash: plan.hash, reason: 'fixed' });
    expect([answer.status, answer.json.status]).toEqual([200, 'running']);
    expect(controlsOf(id)).toMatchObject([{ type: 'control.retry', expected_seq: 4, reason: 'fixed' }]);
    expect(controlsOf(id)[0]).not.toHaveProperty('from_step');
  });

  it('is done for one of two who ask for different ones at once; the other learns that it was not', async () => {
    react = follow;
    const id = await failedRun();
    const answers = await Promise.all([post(`${id}/retry`, { from_step: 'first' }), post(`${id}/retry`, { from_step: 'pick' })]);
    const [won, lost] = answers[0]?.status === 200 ? answers : [...answers].reverse();
    expect(won?.json).toMatchObject({ id, status: 'running' });
    expect(lost?.json).toMatchObject({ status: 409, code: 'run_state_conflict', run_status: 'running' });
  });

  it('is not said to be done by what else became of the run', async () => {
    react = async (input) => {
      if (input.type === 'control.retry') await setStatus(gateway, input.run_id, 'failed');
    };
    expect((await post(`${await failedRun()}/retry`)).json).toMatchObject({ code: 'run_state_conflict', run_status: 'failed' });
  });

  it.each([
    ['transform', { output: 1 }],
    ['wait', { for: '1s' }],
    ['branch', {}],
    ['foreach', { items: 'payload.list', graph: { steps: [{ id: 'do', type: 'transform', output: 1 }], edges: [] } }],
  ])('takes no input for a %s, which would not read it', async (type, more) => {
    const edges = type === 'branch' ? [{ from: 'it', to: 'next', condition: 'true' }] : [{ from: 'it', to: 'next' }];
    const own = await publishWorkflow(workspace, {
      graph: {
        steps: [
          { id: 'it', type, ...more },
          { id: 'next', type: 'transform', output: 1 },
        ],
        edges,
      },
    });
    const id = (await workspace.client.post(`/api/v1/flows/workflows/${own}/runs`, { payload: {} })).json.id;
    await writeRun(gateway, id, failedAt('it'), { status: 'failed' });
    expect((await post(`${id}/retry`, { from_step: 'it', input: { x: 1 } })).json).toMatchObject({
      status: 422,
      errors: [{ pointer: '#/input', code: 'input_not_used' }],
    });
    expect((await workspace.client.get(`${RUNS}/${id}/retry-plan?from_step=it`)).status).toBe(200);
    expect(controlsOf(id)).toEqual([]);
  });

  it('shows effects with what becomes of them', async () => {
    const id = await failedRun();
    await gateway.database.query(
      `insert into effects (idempotency_key, workspace_id, run_id, step_id, attempt_id, attempt, keyed, state, request_hash)
       values ($1, $2, $3, 'first', 'a', 1, true, 'done', '')`,
      [`key-${id}`, fromTypeId('ws', workspace.id), uuidOf(id)],
    );
    const plan = (await workspace.client.get(`${RUNS}/${id}/retry-plan?from_step=pick`)).json;
    expect(plan.effects).toMatchObject([{ step_id: 'first', state: 'done', will: 'not_called' }]);
    const other = await post(`${id}/retry`, { from_step: 'first', plan_hash: plan.hash });
    expect(other.json).toMatchObject({ code: 'plan_changed', plan: { from: ['first'] } });
  });

  it('takes a corrected input for a step that reads one', async () => {
    const own = await publishWorkflow(workspace, {
      graph: { steps: [{ id: 'call', type: 'http', method: 'GET', url: 'https://example.com' }], edges: [] },
    });
    const id = (await workspace.client.post(`/api/v1/flows/workflows/${own}/runs`, { payload: {} })).json.id;
    await writeRun(gateway, id, failedAt('call'), { status: 'failed' });
    expect((await post(`${id}/retry`, { from_step: 'call', input: { x: 1 } })).status).toBe(202);
    expect(await inputs.next(uuidOf(id), 'control.retry')).toMatchObject({
      from_step: 'call',
      input: { x: 1 },
      expected_seq: 3,
    });
  });

  it('is refused with the reason', async () => {
    const id = await failedRun();
    expect((await post(`${id}/retry`, { plan_hash: 'f'.repeat(32) })).json).toMatchObject({ status: 409, code: 'plan_changed' });
    expect((await post(`${id}/retry`, { from_step: 'nowhere' })).json.errors).toMatchObject([
      { pointer: '#/from_step', code: 'unknown_step' },
    ]);
    expect((await post(`${id}/retry`, { from_step: 'last' })).json.errors).toMatchObject([
      { pointer: '#/from_step', code: 'not_begun' },
    ]);
    expect((await post(`${id}/retry`, { input: 1 })).json.errors).toMatchObject([
      { pointer: '#/input', code: 'needs_from_step' },
    ]);
    for (const status of ['running', 'completed', 'paused']) {
      const other = await runIn(status);
      expect((await post(`${other}/retry`)).json).toMatchObject({ code: 'run_state_conflict', run_status: status });
      expect((await workspace.client.get(`${RUNS}/${other}/retry-plan`)).json.code).toBe('run_state_conflict');
    }
    expect(controlsOf(id)).toEqual([]);
  });
});

describe('replay', () => {
  it('starts a new run with the old payload and event, on the same version or the current one', async () => {
    const id = await start({ lead: 'ada' });
    await gateway.database.query(
      `update runs set trigger_type = 'crm_event', event_id = 'e-1', trigger = '{"type":"crm_event","event_id":"e-1","event":{"id":"e-1","data":{"n":1}},"causation_depth":3}' where id = $1`,
      [uuidOf(id)],
    );
    const answer = await post(`${id}/replay`);
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      payload: { lead: 'ada' },
      version: 1,
      status: 'queued',
      replay_of: id,
      trigger: { type: 'replay', event_id: 'e-1', actor: expect.stringMatching(/^key_/) },
    });
    expect(answer.json.id).not.toBe(id);
    expect((await workspace.client.get(`${RUNS}/${answer.json.id}`)).json).toMatchObject({
      replay_of: id,
      trigger: { type: 'replay' },
    });
    expect(await inputs.next(uuidOf(answer.json.id), 'run.requested')).toMatchObject({
      payload: { lead: 'ada' },
      trigger: { type: 'replay', event: { data: { n: 1 } }, causation_depth: 0 },
    });
    expect((await workspace.client.get(`${RUNS}?trigger_type=replay`)).json.items[0].id).toBe(answer.json.id);
  });

  it('once per idempotency key', async () => {
    const id = await start();
    const answers = await Promise.all([1, 2, 3].map(() => post(`${id}/replay`, {}, { 'idempotency-key': `replay-${id}` })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('checks the payload against the version, and refuses an archived one', async () => {
    const id = await publishWorkflow(workspace);
    const run = (await workspace.client.post(`/api/v1/flows/workflows/${id}/runs`, { payload: {} })).json.id;
    await workspace.client.patch(`/api/v1/flows/workflows/${id}`, { input_schema: { type: 'string' } });
    await workspace.client.post(`/api/v1/flows/workflows/${id}/publish`);
    expect((await post(`${run}/replay`, { version: 'current' })).json.code).toBe('invalid_payload');
    expect((await post(`${run}/replay`, { version: 'same' })).json.version).toBe(1);
    await gateway.database.query("update workflow_versions set status = 'archived' where workflow_id = $1 and number = 1", [
      fromTypeId('wf', id),
    ]);
    expect((await post(`${run}/replay`)).json).toMatchObject({ status: 409, code: 'version_not_published' });
    expect((await post(`${run}/replay`, { version: 'old' })).status).toBe(422);
  });
});

describe('signal', () => {
  it('delivers an event to the run', async () => {
    const id = await runIn('waiting', 'event');
    const answer = await post(`${id}/signal`, { type: 'invoice.paid', data: { amount: 3 } });
    expect([answer.status, answer.json]).toEqual([202, { event_id: expect.stringMatching(/^evt_/) }]);
    expect(await inputs.next(uuidOf(id), 'event.received')).toMatchObject({
      id: `evt:/api:${answer.json.event_id}:${uuidOf(id)}`,
      event: {
        id: answer.json.event_id,
        type: 'invoice.paid',
        source: '/api',
        data: { amount: 3 },
        time: expect.stringMatching(/Z$/),
      },
    });
    expect(inputs.of(uuidOf(id)).at(-1)).not.toHaveProperty('step_id');
  });

  it('is one event per idempotency key', async () => {
    const id = await runIn('running');
    const send = () => post(`${id}/signal`, { type: 'x' }, { 'idempotency-key': `signal-${id}` });
    const answers = [await send(), await send()];
    expect(answers[1]?.text).toBe(answers[0]?.text);
    await inputs.next(uuidOf(id), 'event.received');
    expect(inputs.of(uuidOf(id)).filter(({ type }) => type === 'event.received')).toHaveLength(1);
  });

  it('is refused by an ended run, without a type, and with too much data', async () => {
    const id = await runIn('completed');
    expect((await post(`${id}/signal`, { type: 'x' })).json).toMatchObject({
      code: 'run_state_conflict',
      run_status: 'completed',
    });
    expect((await post(`${id}/signal`, {})).json.errors).toMatchObject([{ pointer: '#/type' }]);
    expect((await post(`${id}/signal`, { type: 'lead.*' })).status).toBe(422);
    expect((await post(`${id}/signal`, { type: 'x', data: 'x'.repeat(256 * 1024) })).status).toBe(413);
  });
});
