import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type pg from 'pg';
import { pino } from 'pino';
import {
  deriveId,
  topicNames,
  toTypeId,
  type JsonValue,
  type RunInput,
  type RunRequested,
  type StepOutcome,
  type StepRunCommand,
} from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import { createPool, insertQueuedRuns } from '@flows/postgres';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import { ApprovalStore } from '../approvals/approval.store.js';
import { PlanCache } from '../plans/plan.cache.js';
import { RunBatchProcessor } from '../runs/run-batch.processor.js';
import { RunCache } from '../runs/run.cache.js';
import { RunStore } from '../runs/run.store.js';
import { ScopeStore } from '../runs/scope.store.js';
import { AfterCommit } from './after-commit.js';
import { ChildRuns } from './child-runs.js';
import { ChildWorkflows } from './child-workflows.js';

let database: TestDatabase;
let pool: pg.Pool;
const workspaceId = uuid();

beforeAll(async () => {
  database = await createTestDatabase({ label: 'after commit' });
  await database.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, 'test']);
  pool = createPool({ url: database.url, role: 'engine', max: 4, applicationName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

async function publish(name: string, steps: object[], edges: object[] = [], more: object = {}): Promise<string> {
  const id = uuid();
  await database.query(
    "insert into workflows (id, workspace_id, name, status, current_version) values ($1, $2, $3, 'active', 1)",
    [id, workspaceId, name],
  );
  await database.query(
    "insert into workflow_versions (id, workspace_id, workflow_id, number, status, definition) values ($1, $2, $3, 1, 'published', $4)",
    [uuid(), workspaceId, id, JSON.stringify({ graph: { steps, edges }, ...more })],
  );
  return id;
}

type Answer = (command: StepRunCommand) => StepOutcome | null;
const echo: Answer = ({ input }) => ({ status: 'completed', output: input });

/** One orchestrator and one executor on the bench: inputs are folded one batch at a time, what they cause comes back as inputs. */
class Bench {
  readonly commanded: StepRunCommand[] = [];
  private readonly processor: RunBatchProcessor;
  private readonly afterCommit: AfterCommit;
  private waiting: RunInput[] = [];

  constructor(
    private readonly answer: Answer = echo,
    /** Every batch is delivered twice, as after a crash before the offsets. */
    private readonly twice = false,
  ) {
    const scopes = new ScopeStore(pool);
    const plans = new PlanCache(pool);
    const logger = pino({ level: 'silent' });
    this.processor = new RunBatchProcessor(
      new RunStore(pool, scopes, new ApprovalStore()),
      new RunCache(),
      plans,
      scopes,
      logger,
    );
    this.afterCommit = new AfterCommit(pool, topicNames(), scopes, new ChildRuns(pool, new ChildWorkflows(pool, plans)), logger);
  }

  async start(workflowId: string, payload: JsonValue = {}): Promise<string> {
    const runId = uuid();
    const request: RunRequested = {
      type: 'run.requested',
      id: `req:${runId}`,
      run_id: runId,
      workspace_id: workspaceId,
      at: Date.now(),
      workflow_id: workflowId,
      version: 1,
      payload,
      trigger: { type: 'api' },
      created_at: Date.now(),
    };
    await insertQueuedRuns(pool, [{ request, timeoutMs: 3_600_000 }]);
    await this.give(request);
    return runId;
  }

  /** Folds the input and everything that follows from it, until nothing follows any more. */
  async give(input: RunInput): Promise<void> {
    this.waiting.push(input);
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      const deliveries = this.twice ? 2 : 1;
      for (let delivery = 0; delivery < deliveries; delivery += 1) await this.fold(batch);
    }
  }

  private async fold(batch: readonly RunInput[]): Promise<void> {
    const arrived = batch.map((one) => ({ input: one, traceparent: undefined, message: {} as KafkaMessage }));
    const { consequences, refused } = await this.processor.process(arrived);
    expect(refused.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([]);
    const messages = await this.afterCommit.carryOut(consequences);
    for (const message of messages) this.waiting.push(JSON.parse(String(message.value)) as RunInput);
    for (const command of consequences.flatMap(({ commands }) => commands)) {
      if (command.type !== 'step.run') continue;
      this.commanded.push(command.command);
      const outcome = this.answer(command.command);
      if (outcome !== null) this.waiting.push(reportOf(command.command, outcome));
    }
  }
}

function reportOf(command: StepRunCommand, outcome: StepOutcome): RunInput {
  return {
    type: 'step.reported',
    id: `rep:${command.id}`,
    run_id: command.run_id,
    workspace_id: command.workspace_id,
    at: Date.now(),
    step_id: command.step_id,
    attempt: command.attempt,
    outcome,
    started_at: Date.now(),
    executor: 'bench',
  };
}

const control = (runId: string, action: 'pause' | 'resume' | 'cancel' | 'retry'): RunInput => ({
  type: `control.${action}`,
  id: `ctl:${uuid()}`,
  run_id: runId,
  workspace_id: workspaceId,
  at: Date.now(),
  actor: 'test',
});
const rowOf = async (runId: string) =>
  (
    await database.query('select status, output, error, waiting_for, admitted_at, cancel_requested_at from runs where id = $1', [
      runId,
    ])
  )[0];
const children = async (runId: string) =>
  await database.query('select id, status, item_index, depth, output from runs where parent_run_id = $1 order by item_index', [
    runId,
  ]);
const noop = (id: string, more: object = {}) => ({ id, type: 'connector', connection: 'c', action: 'noop.run', ...more });

describe('foreach', () => {
  const loop = (more: object = {}) => ({
    id: 'loop',
    type: 'foreach',
    items: 'steps.list.output',
    concurrency: 2,
    graph: {
      steps: [
        noop('each', {
          input: { n: '${ item }', at: '${ index }', of: '${ payload.name }', outer: '${ steps.list.output[0] }' },
        }),
      ],
      edges: [],
    },
    ...more,
  });
  const list = { id: 'list', type: 'transform', output: '${ payload.items }' };
  const edges = [{ from: 'list', to: 'loop' }];

  it.each([false, true])(
    'runs each item as a run of its own and collects outputs in order (every batch twice: %s)',
    async (twice) => {
      const bench = new Bench(echo, twice);
      const runId = await bench.start(await publish(`loop ${String(twice)}`, [list, loop()], edges), {
        name: 'x',
        items: [10, 20, 30, 40, 50],
      });
      expect(await rowOf(runId)).toMatchObject({
        status: 'completed',
        output: [10, 20, 30, 40, 50].map((n, at) => ({ n, at, of: 'x', outer: 10 })),
      });
      expect(await children(runId)).toMatchObject(
        [0, 1, 2, 3, 4].map((item_index) => ({ item_index, status: 'completed', depth: 1 })),
      );
      expect(new Set(bench.commanded.map(({ idempotency_key }) => idempotency_key)).size).toBe(5);
    },
  );

  it('never has more items under way than its concurrency, and ends at once with no items', async () => {
    const open = new Set<string>();
    let most = 0;
    const held: StepRunCommand[] = [];
    const bench = new Bench((command) => {
      open.add(command.run_id);
      held.push(command);
      most = Math.max(most, open.size);
      return null;
    });
    const workflowId = await publish('bounded', [list, loop()], edges);
    const runId = await bench.start(workflowId, { name: 'x', items: [1, 2, 3, 4, 5, 6, 7] });
    for (let command = held.shift(); command !== undefined; command = held.shift()) {
      open.delete(command.run_id);
      await bench.give(reportOf(command, { status: 'completed', output: command.input }));
    }
    expect(most).toBe(2);
    expect(await rowOf(runId)).toMatchObject({ status: 'completed' });
    expect(await rowOf(await bench.start(workflowId, { name: 'x', items: [] }))).toMatchObject({
      status: 'completed',
      output: [],
    });
  });

  it('goes on from the items that failed when it is retried: done ones keep their outputs and are not run again', async () => {
    const failing = new Set(['each 2']);
    const bench = new Bench(({ input }) =>
      failing.has(`each ${(input as { n: number }).n}`)
        ? { status: 'failed', error: { code: 'no', message: 'no', class: 'non_retryable', origin: 'provider' } }
        : { status: 'completed', output: input },
    );
    const runId = await bench.start(await publish('retried', [list, loop({ concurrency: 10 })], edges), {
      name: 'x',
      items: [1, 2, 3],
    });
    expect(await rowOf(runId)).toMatchObject({ status: 'failed', error: { code: 'item_failed', step_id: 'loop' } });
    const before = bench.commanded.map(({ id }) => id);
    failing.clear();
    await bench.give(control(runId, 'retry'));
    expect(await rowOf(runId)).toMatchObject({ status: 'queued', admitted_at: null });
    await bench.give(requestAgain(runId));
    expect(await rowOf(runId)).toMatchObject({ status: 'completed' });
    const again = bench.commanded.map(({ id }) => id).filter((id) => !before.includes(id));
    expect(again).toHaveLength(1);
    const [first] = bench.commanded.filter(({ input }) => (input as { n: number }).n === 2);
    expect(bench.commanded.at(-1)).toMatchObject({ attempt: 2, idempotency_key: first?.idempotency_key });
    expect(bench.commanded).toHaveLength(4);
  });

  it('stops its open items when it is cancelled, and pauses them with their run', async () => {
    const bench = new Bench(() => null);
    const workflowId = await publish('stopped', [list, loop()], edges);
    const runId = await bench.start(workflowId, { name: 'x', items: [1, 2, 3] });
    await bench.give(control(runId, 'pause'));
    expect(await children(runId)).toMatchObject([{ status: 'paused' }, { status: 'paused' }]);
    await bench.give(control(runId, 'resume'));
    expect(await children(runId)).toMatchObject([{ status: 'running' }, { status: 'running' }]);
    await bench.give(control(runId, 'cancel'));
    expect(await rowOf(runId)).toMatchObject({ status: 'cancelled', error: { code: 'run_cancelled' } });
    expect(await children(runId)).toMatchObject([{ status: 'cancelled' }, { status: 'cancelled' }]);
  });

  it('is spawned again from its facts when Kafka has lost everything', async () => {
    const bench = new Bench(() => null);
    const runId = await bench.start(await publish('lost', [list, loop()], edges), { name: 'x', items: [1, 2] });
    const fresh = new Bench();
    await fresh.give({ type: 'run.nudged', id: 'n', run_id: runId, workspace_id: workspaceId, at: Date.now() });
    for (const { id } of await children(runId))
      await fresh.give({ type: 'run.nudged', id: 'n', run_id: String(id), workspace_id: workspaceId, at: Date.now() });
    expect(await rowOf(runId)).toMatchObject({ status: 'completed' });
  });
});

describe('flow', () => {
  it('runs another workflow by its name and ends with its output', async () => {
    await publish('child', [noop('work', { input: { got: '${ payload.n }' } })]);
    const bench = new Bench();
    const runId = await bench.start(await publish('parent', [{ id: 'call', type: 'flow', workflow: 'child', input: { n: 7 } }]));
    expect(await rowOf(runId)).toMatchObject({ status: 'completed', output: { got: 7 } });
    expect(await children(runId)).toMatchObject([{ status: 'completed', item_index: null, depth: 1 }]);
  });

  it('does not wait for a child that nobody waits for, and names its run', async () => {
    const bench = new Bench(() => null);
    const runId = await bench.start(
      await publish('detached', [{ id: 'call', type: 'flow', workflow: 'child', wait: false, input: { n: 1 } }]),
    );
    const [child] = await children(runId);
    expect(await rowOf(runId)).toMatchObject({ status: 'completed', output: { run_id: toTypeId('run', String(child?.['id'])) } });
    await bench.give(control(runId, 'cancel'));
    expect(await children(runId)).toMatchObject([{ status: 'running' }]);
  });

  it.each([
    ['nobody', {}, 'workflow_unknown'],
    [toTypeId('wf', uuid()), {}, 'workflow_unknown'],
    ['strict', { n: 'text' }, 'payload_invalid'],
  ])('fails with a reason where %s cannot be called', async (workflow, input, code) => {
    await publish('strict', [noop('work')], [], { input_schema: { type: 'object', properties: { n: { type: 'integer' } } } });
    const runId = await new Bench().start(
      await publish(`calls ${workflow} ${code}`, [{ id: 'call', type: 'flow', workflow, input }]),
    );
    expect(await rowOf(runId)).toMatchObject({ status: 'failed', error: { step_id: 'call', details: { error: { code } } } });
  });

  it('goes on with a child that has begun, whatever becomes of its workflow', async () => {
    const childId = await publish('short lived', [noop('work')]);
    const bench = new Bench(() => null);
    const runId = await bench.start(await publish('patient', [{ id: 'call', type: 'flow', workflow: 'short lived' }]));
    await database.query("update workflows set status = 'inactive' where id = $1", [childId]);
    await bench.give({ type: 'run.nudged', id: 'n', run_id: runId, workspace_id: workspaceId, at: Date.now() });
    expect(await rowOf(runId)).toMatchObject({ status: 'running' });
    expect(await children(runId)).toMatchObject([{ status: 'running' }]);
  });

  it('is nested so deep and no deeper', async () => {
    await publish('endless', [{ id: 'again', type: 'flow', workflow: 'endless' }]);
    const rows = await database.query("select id from workflows where name = 'endless'");
    await new Bench().start(String(rows[0]?.['id']));
    const runs = await database.query(
      "select max(depth) as depth, count(*) as count from runs where workflow_id = $1 and status = 'failed'",
      [rows[0]?.['id']],
    );
    expect(runs).toMatchObject([{ depth: 8, count: 9 }]);
  });
});

describe('what people and events decide', () => {
  const approvalsOf = async (runId: string) =>
    await database.query(
      'select id, status, stage, artefact, decided_by from approvals where run_id = $1 order by requested_at',
      [runId],
    );

  it('asks in the inbox, takes the first decision, and releases the effect once', async () => {
    const bench = new Bench();
    const runId = await bench.start(await publish('asks', [noop('send', { approval: true, input: { text: 'hi' } })]));
    const [asked] = await approvalsOf(runId);
    expect(asked).toMatchObject({ status: 'open', stage: 'input', artefact: { text: 'hi' } });
    expect(bench.commanded).toEqual([]);
    const decide = (decision: 'approved' | 'rejected', by: string): RunInput => ({
      type: 'approval.decided',
      id: `apd:${by}`,
      run_id: runId,
      workspace_id: workspaceId,
      at: Date.now(),
      step_id: 'send',
      approval_id: String(asked?.['id']),
      decision,
      by,
    });
    await bench.give(decide('approved', 'ada'));
    await bench.give(decide('rejected', 'bob'));
    expect(await approvalsOf(runId)).toMatchObject([{ status: 'approved', decided_by: 'ada' }]);
    expect(bench.commanded).toHaveLength(1);
    expect(await rowOf(runId)).toMatchObject({ status: 'completed' });
  });

  it('withdraws what is asked when the run ends otherwise', async () => {
    const bench = new Bench();
    const runId = await bench.start(await publish('withdrawn', [{ id: 'ok', type: 'approval' }]));
    expect(await rowOf(runId)).toMatchObject({ status: 'waiting', waiting_for: 'approval' });
    await bench.give(control(runId, 'cancel'));
    expect(await approvalsOf(runId)).toMatchObject([{ status: 'withdrawn' }]);
  });

  it('subscribes to the event that a step waits for, and finds one that came before', async () => {
    const waits = { id: 'w', type: 'wait', event: { type: 'email.replied', match: 'event.data.lead_id == payload.lead' } };
    const workflowId = await publish('waits', [waits]);
    const bench = new Bench();
    const runId = await bench.start(workflowId, { lead: 'lead_1' });
    const subscriptions = await database.query(
      'select event_type, key_path, key_value from event_subscriptions where run_id = $1',
      [runId],
    );
    expect(subscriptions).toEqual([{ event_type: 'email.replied', key_path: ['data', 'lead_id'], key_value: '"lead_1"' }]);
    const event = {
      id: 'e1',
      type: 'email.replied',
      source: '/mail',
      time: new Date().toISOString(),
      data: { lead_id: 'lead_2' },
    };
    await database.query('insert into event_mailbox (workspace_id, source, id, type, event) values ($1, $2, $3, $4, $5)', [
      workspaceId,
      event.source,
      event.id,
      event.type,
      JSON.stringify(event),
    ]);
    // Queued after the event came, requested before: the event is younger than the run.
    const other = uuid();
    const request = { ...requestOf(other, workflowId, { lead: 'lead_2' }), created_at: Date.now() - 60_000 };
    await insertQueuedRuns(pool, [{ request, timeoutMs: 3_600_000 }]);
    await bench.give(request);
    expect(await rowOf(other)).toMatchObject({ status: 'completed', output: { timed_out: false, event: { id: 'e1' } } });
    expect(await database.query('select 1 from event_subscriptions where run_id = $1', [other])).toEqual([]);
    expect(await rowOf(runId)).toMatchObject({ status: 'waiting', waiting_for: 'event' });
  });
});

function requestOf(runId: string, workflowId: string, payload: JsonValue): RunRequested {
  return {
    type: 'run.requested',
    id: `req:${runId}`,
    run_id: runId,
    workspace_id: workspaceId,
    at: Date.now(),
    workflow_id: workflowId,
    version: 1,
    payload,
    trigger: { type: 'api' },
    created_at: Date.now(),
  };
}

/** As the admitter does once there is room. */
function requestAgain(runId: string): RunInput {
  return requestOf(runId, deriveId(runId, 'any'), null);
}
