import { describe, expect, it } from '@jest/globals';
import type { FactData, FactType, FlowError } from '@flows/contracts';
import { projectSteps } from './step-run.projection.js';
import type { TraceFact } from './trace-fact.js';

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

function facts(...list: [FactType, string | undefined, number, unknown][]): TraceFact[] {
  return list.map(
    ([type, stepId, ms, data], index) => ({ seq: index + 1, type, at: T0 + ms, step_id: stepId, data }) as TraceFact,
  );
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

  it('shows who is at it and how far, and what a wait is for', () => {
    const views = projectSteps(
      { runId: RUN_ID, steps },
      facts(
        ['step.scheduled', 'enrich', 10, scheduled(1)],
        ['step.progressed', 'enrich', 900, { attempt: 1, started_at: iso(25), executor: 'x-1', progress: { tokens: 5 } }],
        [
          'step.awaiting_event',
          'pause',
          20,
          {
            event_type: 'email.replied',
            since: iso(0),
            correlation: { path: ['data', 'lead_id'], value: 'l-1' },
            timer_id: 't',
            due_at: iso(99),
          },
        ],
      ),
    );
    expect(views[0]).toMatchObject({
      status: 'running',
      progress: { tokens: 5 },
      attempts: [{ status: 'running', executor: 'x-1', started_at: iso(25), queued_ms: 15 }],
    });
    expect(views[1]).toMatchObject({
      status: 'waiting',
      waiting_for: 'event',
      waiting_since: iso(20),
      started_at: iso(20),
      wait: {
        event_type: 'email.replied',
        since: iso(0),
        due_at: iso(99),
        correlation: { path: ['data', 'lead_id'], value: 'l-1' },
      },
    });
  });

  describe('approvals', () => {
    const asked = (stage: string, more: object = {}) => ({
      approval_id: 'apr_1',
      step_run_id: STEP_RUN_ID,
      stage,
      artefact: { to: 'ada' },
      assignees: ['ops'],
      on_due: 'reject',
      due_at: iso(99),
      ...more,
    });
    const decided = (decision: string, more: object = {}) => ({
      approval_id: 'apr_1',
      decision,
      by: 'ops',
      expired: false,
      ...more,
    });

    it('hold what is decided on, before anything is sent', () => {
      const open: Parameters<typeof facts>[0] = ['step.awaiting_approval', 'add', 10, asked('input')];
      expect(projectSteps({ runId: RUN_ID, steps }, facts(open))).toMatchObject([
        {
          status: 'waiting',
          waiting_for: 'approval',
          input: { to: 'ada' },
          attempts: [],
          approval: 'pending',
          approval_request: { id: 'apr_1', status: 'open', stage: 'input', assignees: ['ops'], due_at: iso(99), decision: null },
        },
      ]);
      const approved = facts(
        open,
        ['step.approval_decided', 'add', 20, decided('approved', { comment: 'go' })],
        ['step.scheduled', 'add', 20, scheduled(1, { to: 'ada' })],
      );
      expect(projectSteps({ runId: RUN_ID, steps }, approved)).toMatchObject([
        {
          status: 'scheduled',
          waiting_for: null,
          wait: null,
          approval: 'approved',
          approval_request: { status: 'approved', decision: 'approved', by: 'ops', comment: 'go', decided_at: iso(20) },
        },
      ]);
      const rejected = facts(
        open,
        ['step.approval_decided', 'add', 20, decided('rejected')],
        ['step.completed', 'add', 20, { output: null, live_edges: [], approval: 'rejected' }],
      );
      expect(projectSteps({ runId: RUN_ID, steps }, rejected)).toMatchObject([
        {
          status: 'completed',
          output: null,
          approval: 'rejected',
          approval_request: { status: 'rejected', artefact: { to: 'ada' } },
        },
      ]);
    });

    it('hold the answer of an agent, whose attempt has ended all the same', () => {
      const made = { attempt: 1, started_at: iso(5), executor: 'x', cost: { amount: 1, currency: 'USD', tokens: 2 } };
      const [step] = projectSteps(
        { runId: RUN_ID, steps },
        facts(
          ['step.scheduled', 'enrich', 1, scheduled(1)],
          ['step.awaiting_approval', 'enrich', 10, asked('output', made)],
          ['step.approval_decided', 'enrich', 500, decided('rejected', { expired: true, by: 'due' })],
          ['step.completed', 'enrich', 500, { ...made, output: null, live_edges: [], approval: 'rejected' }],
        ),
      );
      expect(step).toMatchObject({
        output: null,
        approval: 'expired',
        approval_request: { status: 'expired', decision: 'rejected' },
        attempts: [{ status: 'completed', output: { to: 'ada' }, ended_at: iso(10), cost: { amount: 1 } }],
      });
    });

    it('are withdrawn when the run ends without a decision', () => {
      const [step] = projectSteps(
        { runId: RUN_ID, steps },
        facts(
          ['step.awaiting_approval', 'add', 10, asked('input')],
          ['run.cancelled', undefined, 20, { actor: 'a', forced: false, error: unavailable, children: [] }],
        ),
      );
      expect(step).toMatchObject({
        status: 'cancelled',
        waiting_for: null,
        approval: 'withdrawn',
        approval_request: { status: 'withdrawn', decision: null },
      });
    });
  });

  it('says why a step is blocked, and counts the attempt as one that did nothing', () => {
    const [step] = projectSteps(
      { runId: RUN_ID, steps },
      facts(
        ['step.scheduled', 'add', 1, scheduled(1)],
        ['step.blocked', 'add', 5, { attempt: 1, reason: 'capacity', details: { limit: 10 }, timer_id: 't', due_at: iso(50) }],
        ['step.scheduled', 'add', 50, scheduled(2)],
        ['step.blocked', 'add', 60, { attempt: 2, reason: 'reauth', error: unavailable }],
      ),
    );
    expect(step).toMatchObject({
      status: 'waiting',
      waiting_for: 'reauth',
      waiting_since: iso(60),
      error: unavailable,
      wait: { due_at: null, details: null },
      attempts: [
        { number: 1, status: 'blocked', error: null },
        { number: 2, status: 'blocked', error: unavailable, ended_at: iso(60) },
      ],
    });
  });

  it('counts the items of a loop by their rows, and names the runs of a flow step', () => {
    const views = projectSteps(
      {
        runId: RUN_ID,
        index: 7,
        steps: [],
        tallies: new Map([
          ['loop', { done: 2, failed: 1 }],
          ['gone', { done: 1, failed: 0 }],
        ]),
      },
      facts(
        ['step.iterating', 'loop', 1, { total: 5 }],
        ['step.spawned', 'child', 2, { kind: 'flow', children: [{ run_id: 'run_x' }], depth: 1, input: { a: 1 }, awaited: true }],
      ),
    );
    expect(views).toMatchObject([
      { step_id: 'loop', index: 7, status: 'running', children: { total: 5, done: 2, failed: 1 } },
      { step_id: 'child', status: 'running', input: { a: 1 }, child_run_ids: ['run_x'], children: null },
    ]);
  });

  it('shows the newest life of a step that was retried, with the attempts of all lives', () => {
    const failed = facts(
      ['step.scheduled', 'enrich', 1, scheduled(1)],
      ['step.completed', 'enrich', 2, { attempt: 1, output: 1, live_edges: [0] }],
      ['step.scheduled', 'add', 3, scheduled(1)],
      ['step.failed', 'add', 4, { attempt: 1, error: unavailable, handling: 'halt', live_edges: [] }],
      ['run.failed', undefined, 4, { error: unavailable }],
      ['run.retried', undefined, 9, { actor: 'ops', from: ['add'], reset: ['add'], live_edges: [0], expires_at: iso(99) }],
    );
    expect(projectSteps({ runId: RUN_ID, steps }, failed)).toMatchObject([
      { step_id: 'enrich', status: 'completed', output: 1 },
      {
        step_id: 'add',
        status: 'pending',
        error: null,
        started_at: null,
        ended_at: null,
        attempts: [{ number: 1, status: 'failed' }],
      },
    ]);
    const again = [
      ...failed,
      ...facts(
        ['step.scheduled', 'add', 10, scheduled(2)],
        ['step.completed', 'add', 12, { attempt: 2, output: 2, live_edges: [] }],
      ),
    ];
    expect(projectSteps({ runId: RUN_ID, steps }, again)[1]).toMatchObject({
      status: 'completed',
      output: 2,
      started_at: iso(10),
      ended_at: iso(12),
      attempts: [
        { number: 1, status: 'failed', error: unavailable },
        { number: 2, status: 'completed' },
      ],
    });
  });

  it('cancels what is open where a cleanup begins, and shows the cleanup', () => {
    const views = projectSteps(
      { runId: RUN_ID, steps },
      facts(
        ['step.scheduled', 'enrich', 1, scheduled(1)],
        ['run.cancelling', undefined, 5, { actor: 'ops', cleanup: 'add', children: [] }],
        ['step.scheduled', 'add', 5, scheduled(1)],
      ),
    );
    expect(views).toMatchObject([
      { status: 'cancelled', attempts: [{ status: 'cancelled' }] },
      { step_id: 'add', status: 'scheduled' },
    ]);
  });
});
