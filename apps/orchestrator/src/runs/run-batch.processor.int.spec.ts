import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type pg from 'pg';
import { pino } from 'pino';
import { deriveId, toTypeId, type RunInput, type StepOutcome } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import { createPool, insertQueuedRuns } from '@flows/postgres';
import { fold, initialState } from '@flows/run-machine';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import { ApprovalStore } from '../approvals/approval.store.js';
import { PlanCache } from '../plans/plan.cache.js';
import type { ArrivedInput } from './fold-run.js';
import { RunBatchProcessor, type BatchResult } from './run-batch.processor.js';
import { RunCache } from './run.cache.js';
import { RunStore } from './run.store.js';
import { ScopeStore } from './scope.store.js';

/*
 *   a ──► w (an hour) ──► b
 */
const DEFINITION = {
  graph: {
    steps: [
      {
        id: 'a',
        type: 'connector',
        connection: 'c',
        action: 'noop.run',
        input: { n: '${ payload.n }' },
        retry: { max_attempts: 2 },
      },
      { id: 'w', type: 'wait', for: '1h' },
      { id: 'b', type: 'connector', connection: 'c', action: 'noop.run' },
    ],
    edges: [
      { from: 'a', to: 'w' },
      { from: 'w', to: 'b' },
    ],
  },
};

let database: TestDatabase;
let pool: pg.Pool;
const workspaceId = uuid();
const workflowId = uuid();

beforeAll(async () => {
  database = await createTestDatabase({ label: 'run batch' });
  await database.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, 'test']);
  await database.query(
    "insert into workflows (id, workspace_id, name, status, current_version) values ($1, $2, 'f', 'active', 1)",
    [workflowId, workspaceId],
  );
  await database.query(
    "insert into workflow_versions (id, workspace_id, workflow_id, number, status, definition) values ($1, $2, $3, 1, 'published', $4)",
    [uuid(), workspaceId, workflowId, JSON.stringify(DEFINITION)],
  );
});
afterAll(() => database.close());
beforeEach(() => {
  pool = createPool({ url: database.url, role: 'engine', max: 4, applicationName: 'test', onError: () => undefined });
});
afterEach(() => pool.end());

const newStore = () => new RunStore(pool, new ScopeStore(pool), new ApprovalStore());

/** An orchestrator's inside: a processor with a cache of its own. */
function newProcessor(): RunBatchProcessor {
  const scopes = new ScopeStore(pool);
  return new RunBatchProcessor(newStore(), new RunCache(), new PlanCache(pool), scopes, pino({ level: 'silent' }));
}

const base = (runId: string, id: string) => ({ id, run_id: runId, workspace_id: workspaceId, at: Date.now() });
const request = (runId: string) =>
  ({
    ...base(runId, `req:${runId}`),
    type: 'run.requested',
    workflow_id: workflowId,
    version: 1,
    payload: { n: 1 },
    trigger: { type: 'api' },
    created_at: Date.now(),
  }) as const;
const report = (runId: string, stepId: string, outcome: StepOutcome, attempt = 1): RunInput => ({
  ...base(runId, `rep:${toTypeId('srun', deriveId(runId, stepId))}:${attempt}`),
  type: 'step.reported',
  step_id: stepId,
  attempt,
  outcome,
  started_at: Date.now(),
  executor: 'x',
});
const timer = (runId: string, timerId: string): RunInput => ({
  ...base(runId, `tmr:${runId}:${timerId}`),
  type: 'timer.fired',
  timer_id: timerId,
});
const arrived = (...inputs: RunInput[]): ArrivedInput[] =>
  inputs.map((input) => ({ input, traceparent: undefined, message: {} as KafkaMessage }));

async function queueRun(): Promise<{ runId: string; requested: RunInput }> {
  const requested = request(uuid());
  await insertQueuedRuns(pool, [{ request: requested, timeoutMs: 86_400_000 }]);
  return { runId: requested.run_id, requested };
}
const rowOf = async (runId: string) =>
  (await database.query<Record<string, unknown>>('select * from runs where id = $1', [runId]))[0];
const timersOf = async (runId: string) =>
  (await database.query<{ timer_id: string }>('select timer_id from timers where run_id = $1', [runId])).map(
    (row) => row.timer_id,
  );
const factsOf = async (runId: string) =>
  (await database.query<{ type: string }>('select type from run_facts where run_id = $1 order by seq', [runId])).map(
    (row) => row.type,
  );

const done: StepOutcome = { status: 'completed', output: { ok: true } };

describe('RunBatchProcessor', () => {
  it('writes a batch: rows, facts and timers as the fold makes them', async () => {
    const [one, two] = [await queueRun(), await queueRun()];
    const processor = newProcessor();
    const { consequences, refused } = await processor.process(
      arrived(one.requested, two.requested, report(one.runId, 'a', done)),
    );
    expect(refused).toEqual([]);
    expect(consequences.flatMap(({ commands }) => commands.map((command) => command.type))).toEqual([
      'step.run',
      'timer.arm',
      'step.run',
    ]);
    expect(await rowOf(one.runId)).toMatchObject({
      status: 'waiting',
      waiting_for: 'timer',
      seq: 4,
      steps_done: 1,
      steps_total: 3,
    });
    expect(await rowOf(two.runId)).toMatchObject({ status: 'running', seq: 2 });
    expect(await timersOf(one.runId)).toEqual(['wait:w']);

    await processor.process(arrived(timer(one.runId, 'wait:w'), report(one.runId, 'b', { status: 'completed', output: 'end' })));
    expect(await rowOf(one.runId)).toMatchObject({
      status: 'completed',
      output: 'end',
      seq: 8,
      steps_done: 3,
      waiting_for: null,
    });
    expect(await timersOf(one.runId)).toEqual([]);
    expect(await factsOf(one.runId)).toEqual([
      'run.started',
      'step.scheduled',
      'step.completed',
      'step.waiting',
      'step.completed',
      'step.scheduled',
      'step.completed',
      'run.completed',
    ]);
  });

  it('publishes again what an input had caused when it comes again, and writes nothing', async () => {
    const { runId, requested } = await queueRun();
    const inputs = arrived(requested, report(runId, 'a', done));
    const first = await newProcessor().process(inputs);
    const row = await rowOf(runId);
    for (const again of [newProcessor(), newProcessor()]) {
      const second = await again.process(inputs);
      const published = ({ consequences }: BatchResult) => consequences.map(({ arrived, facts }) => ({ arrived, facts }));
      expect(published(second)).toEqual(published(first));
      const commandsIn = ({ consequences }: BatchResult) => consequences.map(({ commands }) => JSON.stringify(commands));
      // The attempt of a was reported meanwhile: nobody needs to make it again. The wait is open.
      expect(commandsIn(second)).toEqual(['[]', commandsIn(first)[1]]);
    }
    expect(await rowOf(runId)).toEqual(row);
  });

  it('trusts no memory that is older than the database', async () => {
    const { runId, requested } = await queueRun();
    const [stale, current] = [newProcessor(), newProcessor()];
    await stale.process(arrived(requested));
    await current.process(arrived(report(runId, 'a', done), timer(runId, 'wait:w')));
    // The stale memory has never heard of b being scheduled; the report must count all the same.
    const { consequences } = await stale.process(arrived(report(runId, 'b', done)));
    expect(consequences[0]?.facts.map((fact) => fact.type)).toEqual(['step.completed', 'run.completed']);
    expect((await rowOf(runId))?.['status']).toBe('completed');
  });

  it('lets one of two writers of the same inputs win, and both say the same', async () => {
    const runs = await Promise.all(Array.from({ length: 20 }, () => queueRun()));
    const inputs = arrived(...runs.flatMap(({ runId, requested }) => [requested, report(runId, 'a', done)]));
    const results = await Promise.all(
      [newProcessor(), newProcessor(), newProcessor()].map((processor) => processor.process(inputs)),
    );
    const seen = results.map(({ consequences }) =>
      consequences.map(({ arrived: { input }, facts }) => [input.id, facts.map((fact) => fact.seq)]).sort(),
    );
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    for (const { runId } of runs)
      expect(await factsOf(runId)).toEqual(['run.started', 'step.scheduled', 'step.completed', 'step.waiting']);
  });

  it('refuses what speaks to no run, and goes on with the rest', async () => {
    const { runId, requested } = await queueRun();
    const stranger = uuid();
    const { refused } = await newProcessor().process(arrived(report(stranger, 'a', done), request(uuid()), requested));
    expect(refused.map(({ code }) => code)).toEqual(['unknown_run', 'unknown_run']);
    expect((await rowOf(runId))?.['status']).toBe('running');
  });

  it('commands again what is open when a run is nudged, under the same attempt id', async () => {
    const { runId, requested } = await queueRun();
    const first = await newProcessor().process(arrived(requested));
    const nudge: RunInput = { ...base(runId, 'ndg:1'), type: 'run.nudged' };
    const { consequences } = await newProcessor().process(arrived(nudge));
    expect(consequences[0]?.commands).toEqual(first.consequences[0]?.commands);
    await newProcessor().process(arrived(report(runId, 'a', done)));
    await database.query('delete from timers where run_id = $1', [runId]);
    await newProcessor().process(arrived({ ...nudge, id: 'ndg:2' }));
    expect(await timersOf(runId)).toEqual(['wait:w']);
  });

  it('clears the timers of a run that ends while they are armed', async () => {
    const { runId, requested } = await queueRun();
    const processor = newProcessor();
    await processor.process(arrived(requested, report(runId, 'a', done)));
    await processor.process(arrived(timer(runId, 'run:timeout')));
    expect(await rowOf(runId)).toMatchObject({ status: 'timed_out', error: { code: 'run_timed_out' } });
    expect(await timersOf(runId)).toEqual([]);
  });

  it('keeps rows that are the fold of their facts', async () => {
    const { runId, requested } = await queueRun();
    await newProcessor().process(
      arrived(
        requested,
        report(runId, 'a', {
          status: 'failed',
          error: { code: 'busy', message: 'busy', class: 'retryable', origin: 'provider' },
        }),
      ),
    );
    const loaded = (await newStore().load([runId])).get(runId);
    const state = fold(
      initialState({ runId, workspaceId, workflowId, version: 1, payload: { n: 1 }, trigger: { type: 'api' }, createdAt: 0 }),
      loaded?.facts ?? [],
    );
    expect(await rowOf(runId)).toMatchObject({ status: state.status, seq: state.seq });
    expect(await timersOf(runId)).toEqual(['retry:a:1']);
  });
});
