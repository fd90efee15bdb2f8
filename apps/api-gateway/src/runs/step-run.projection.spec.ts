import { describe, expect, it } from '@jest/globals';
import type { FactData, FactType, FlowError, RunFact } from '@flows/contracts';
import { projectSteps } from './step-run.projection.js';

const RUN_ID = '01932f5e-7c00-7000-8000-000000000001';
const STEP_RUN_ID = 'srun_01h455vb4pex5vsknk084sn02q';
const T0 = Date.parse('2026-01-01T00:00:00.000Z');
const steps = [
  { id: 'enrich', type: 'agent' as const, name: 'Enrich' },
  { id: 'qualified', type: 'branch' as const },
  { id: 'add', type: 'connector' as const },
  { id: 'nurture', type: 'connector' as const },
  { id: 'pause', type: 'wait' as const },
];
const unavailable: FlowError = { code: 'unavailable', message: '503', class: 'retryable', origin: 'provider' };

function facts(...list: [FactType, string | undefined, number, unknown][]): RunFact[] {
  return list.map(([type, stepId, ms, data], index) => ({ seq: index + 1, type, at: T0 + ms, step_id: stepId, data }) as RunFact);
}
function scheduled(attempt: number, input: unknown = { lead: 1 }): FactData['step.scheduled'] {
  return {
    attempt,
    attempt_id: `${STEP_RUN_ID}:${attempt}`,
    step_run_id: STEP_RUN_ID,
    idempotency_key: STEP_RUN_ID,
    pool: 'agent',
    work: { kind: 'agent', agent: 'a' },
    input: input as never,
    timeout_ms: 1,
    causation_depth: 0,
  };
}
const iso = (ms: number) => new Date(T0 + ms).toISOString();

describe('projectSteps', () => {
  it('tells every attempt of a step that was retried, with queue times', () => {
    const [step] = projectSteps(
      { runId: RUN_ID, steps },
      facts(
        ['run.started', undefined, 0, {}],
        ['step.scheduled', 'enrich', 10, scheduled(1)],
        [
          'step.retrying',
          'enrich',
          40,
          {
            attempt: 1,
            error: unavailable,
            timer_id: 't',
            due_at: iso(1_040),
            started_at: iso(25),
            executor: 'x-1',
            trace_id: 'aa',
          },
        ],
        ['step.scheduled', 'enrich', 1_050, scheduled(2)],
        [
          'step.completed',
          'enrich',
          1_100,
          {
            attempt: 2,
            output: { score: 70 },
            live_edges: [0],
            started_at: iso(1_055),
            executor: 'x-2',
            cost: { amount: 0.1, currency: 'USD', tokens: 9 },
            effects: [{ id: 'e' }],
          },
        ],
      ),
    );
    expect(step).toMatchObject({
      step_id: 'enrich',
      name: 'Enrich',
      type: 'agent',
      status: 'completed',
      input: { lead: 1 },
      output: { score: 70 },
      error: null,
      effects: [{ id: 'e' }],
      started_at: iso(10),
      ended_at: iso(1_100),
    });
    expect(step?.id).toMatch(/^srun_[0-9a-z]{26}$/);
    expect(step?.attempts).toEqual([
      {
        number: 1,
        status: 'failed',
        input: { lead: 1 },
        output: null,
        error: unavailable,
        started_at: iso(25),
        ended_at: iso(40),
        queued_ms: 15,
        executor: 'x-1',
        cost: null,
        trace_id: 'aa',
      },
      {
        number: 2,
        status: 'completed',
        input: { lead: 1 },
        output: { score: 70 },
        error: null,
        started_at: iso(1_055),
        ended_at: iso(1_100),
        queued_ms: 5,
        executor: 'x-2',
        cost: { amount: 0.1, currency: 'USD', tokens: 9 },
        trace_id: null,
      },
    ]);
  });

  it('shows what is under way: scheduled, between two attempts, waiting', () => {
    const views = projectSteps(
      { runId: RUN_ID, steps },
      facts(
        ['step.scheduled', 'enrich', 1, scheduled(1)],
        ['step.scheduled', 'add', 2, scheduled(1)],
        ['step.retrying', 'add', 3, { attempt: 1, error: unavailable, timer_id: 't', due_at: iso(9) }],
        ['step.waiting', 'pause', 4, { timer_id: 'wait:pause', due_at: iso(99) }],
      ),
    );
    expect(views.map(({ step_id, status, waiting_for }) => [step_id, status, waiting_for])).toEqual([
      ['enrich', 'scheduled', null],
      ['add', 'retrying', 'timer'],
      ['pause', 'waiting', 'timer'],
    ]);
    expect(views[0]?.attempts[0]).toMatchObject({ status: 'scheduled', started_at: null, queued_ms: null });
  });

  it('keeps the path of a branch, and skipped steps', () => {
    const views = projectSteps(
      { runId: RUN_ID, steps },
      facts(
        ['step.completed', 'qualified', 5, { output: { taken: ['nurture'] }, live_edges: [2] }],
        ['step.skipped', 'add', 5, { reason: 'dead_path', live_edges: [] }],
      ),
    );
    expect(views).toMatchObject([
      {
        step_id: 'qualified',
        type: 'branch',
        status: 'completed',
        output: { taken: ['nurture'] },
        attempts: [],
        started_at: iso(5),
        ended_at: iso(5),
      },
      { step_id: 'add', status: 'skipped', started_at: null, ended_at: iso(5) },
    ]);
  });

  it('shows a step that failed before any attempt', () => {
    const [step] = projectSteps(
      { runId: RUN_ID, steps },
      facts(['step.failed', 'add', 5, { attempt: 0, error: unavailable, handling: 'halt', live_edges: [] }]),
    );
    expect(step).toMatchObject({ status: 'failed', error: unavailable, input: null, attempts: [] });
  });

  it('cancels what is still open when the run ends, and leaves what is settled', () => {
    const views = projectSteps(
      { runId: RUN_ID, steps },
      facts(
        ['step.scheduled', 'enrich', 1, scheduled(1)],
        ['step.scheduled', 'add', 1, scheduled(1)],
        ['step.failed', 'add', 7, { attempt: 1, error: unavailable, handling: 'halt', live_edges: [] }],
        ['run.failed', undefined, 7, { error: unavailable }],
      ),
    );
    expect(views).toMatchObject([
      { step_id: 'enrich', status: 'cancelled', ended_at: iso(7), attempts: [{ status: 'cancelled' }] },
      { step_id: 'add', status: 'failed', attempts: [{ status: 'failed', error: unavailable }] },
    ]);
  });

  it('leaves out steps that were never reached, and is empty for a queued run', () => {
    expect(projectSteps({ runId: RUN_ID, steps }, [])).toEqual([]);
  });
});
