import { describe, expect, it } from '@jest/globals';
import { initialState, type RunState } from '../state/run-state.js';
import { fold } from '../evolve/evolve.js';
import { planOf, RUN_ID, START, WORKFLOW_ID, WORKSPACE_ID } from '../testing/run-driver.js';
import type { RunFact } from '@flows/contracts';
import { planRetry } from './plan-retry.js';
import type { LedgerEffect, RetryRequest } from './retry-plan.js';

/*
 *  lookup ──► tidy ──► add ──► note        a transform stands between two actions
 */
const plan = planOf({
  graph: {
    steps: [
      { id: 'lookup', type: 'agent', agent: 'a' },
      { id: 'tidy', type: 'transform', output: '${ steps.lookup.output }' },
      { id: 'add', type: 'connector', connection: 'crm', action: 'sequences.add_lead' },
      { id: 'note', type: 'connector', connection: 'crm', action: 'notes.create' },
    ],
    edges: [
      { from: 'lookup', to: 'tidy' },
      { from: 'tidy', to: 'add' },
      { from: 'add', to: 'note' },
    ],
  },
});
const error = { code: 'boom', message: 'boom', class: 'non_retryable', origin: 'provider' } as const;
const works: Record<string, object> = {
  lookup: { kind: 'agent', agent: 'a' },
  add: { kind: 'connector', connection: 'crm', action: 'sequences.add_lead' },
  note: { kind: 'connector', connection: 'crm', action: 'notes.create' },
};

function after(...facts: [string, string | undefined, object][]): RunState {
  const identity = {
    runId: RUN_ID,
    workspaceId: WORKSPACE_ID,
    workflowId: WORKFLOW_ID,
    version: 1,
    payload: {},
    createdAt: START,
  };
  return fold(
    initialState({ ...identity, trigger: { type: 'api' } }),
    facts.map(
      ([type, step_id, data], index) => ({ seq: index + 1, type, at: START + index, step_id, data }) as unknown as RunFact,
    ),
  );
}
const scheduled = (step: string): [string, string, object] => [
  'step.scheduled',
  step,
  {
    attempt: 1,
    attempt_id: `${step}:1`,
    step_run_id: step,
    idempotency_key: step,
    work: works[step],
    input: { of: step },
    timeout_ms: 1,
  },
];
const completed = (step: string, edges: number[]): [string, string, object] => [
  'step.completed',
  step,
  { attempt: 1, output: 1, live_edges: edges },
];
/** `note` has failed for good, everything before it is done. */
const failedAtNote = () =>
  after(
    ['run.started', undefined, {}],
    scheduled('lookup'),
    completed('lookup', [0]),
    ['step.completed', 'tidy', { output: 1, live_edges: [1] }],
    scheduled('add'),
    completed('add', [2]),
    scheduled('note'),
    ['step.failed', 'note', { attempt: 1, error, handling: 'halt', live_edges: [] }],
    ['run.failed', undefined, { error: { ...error, step_id: 'note', attempt: 1 } }],
  );
const effect = (stepId: string, state: LedgerEffect['state'], keyed = true): LedgerEffect => ({
  stepId,
  idempotencyKey: stepId,
  state,
  keyed,
});
const costs = new Map([
  ['lookup', { amount: 0.2, currency: 'USD', tokens: 100 }],
  ['note', { amount: 0.1, currency: 'USD', tokens: 10 }],
]);
const ask = (state: RunState, request: Partial<RetryRequest>, effects: LedgerEffect[]) =>
  planRetry(plan, state, { fromStep: null, ...request }, { effects, costs });
const fates = (state: RunState, request: Partial<RetryRequest>, effects: LedgerEffect[]) =>
  Object.fromEntries(ask(state, request, effects)?.effects.map(({ step_id, will }) => [step_id, will]) ?? []);

describe('planRetry', () => {
  it('keeps what has ended well, and says what begins anew and what that costs', () => {
    expect(ask(failedAtNote(), {}, [effect('add', 'done'), effect('note', 'failed')])).toEqual({
      from: ['note'],
      reused: [
        { step_id: 'lookup', status: 'completed' },
        { step_id: 'tidy', status: 'completed' },
        { step_id: 'add', status: 'completed' },
      ],
      rerun: [{ step_id: 'note', status: 'failed' }],
      effects: [
        {
          step_id: 'add',
          idempotency_key: 'add',
          provider: 'crm',
          action: 'sequences.add_lead',
          state: 'done',
          will: 'not_called',
        },
        {
          step_id: 'note',
          idempotency_key: 'note',
          provider: 'crm',
          action: 'notes.create',
          state: 'failed',
          will: 'called_again',
        },
      ],
      cost: { reused: { amount: 0.2, currency: 'USD', tokens: 100 }, rerun: { amount: 0.1, currency: 'USD', tokens: 10 } },
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('answers from the ledger what begins anew with the same input', () => {
    const effects = [effect('lookup', 'done'), effect('add', 'done'), effect('note', 'failed')];
    expect(fates(failedAtNote(), { fromStep: 'add' }, effects)).toEqual({
      lookup: 'not_called',
      add: 'answered_from_ledger',
      note: 'called_again',
    });
    expect(fates(failedAtNote(), { fromStep: 'lookup' }, effects)).toMatchObject({
      lookup: 'answered_from_ledger',
      add: 'answered_from_ledger',
    });
  });

  it('warns of effects that may be others since something before them may come out differently', () => {
    expect(fates(failedAtNote(), { fromStep: 'lookup' }, [effect('lookup', 'failed'), effect('add', 'done')])).toEqual({
      lookup: 'called_again',
      add: 'called_again',
    });
    const effects = [effect('lookup', 'done'), effect('add', 'done')];
    expect(fates(failedAtNote(), { fromStep: 'lookup', input: { of: 'somebody else' } }, effects)).toEqual({
      lookup: 'called_again',
      add: 'called_again',
    });
    expect(fates(failedAtNote(), { fromStep: 'lookup', input: { of: 'lookup' } }, effects)).toEqual({
      lookup: 'answered_from_ledger',
      add: 'answered_from_ledger',
    });
  });

  it('names in doubt what nobody can know, and calls nothing for it', () => {
    expect(fates(failedAtNote(), {}, [effect('note', 'in_doubt')])).toEqual({ note: 'in_doubt' });
    expect(fates(failedAtNote(), {}, [effect('note', 'intended', false)])).toEqual({ note: 'in_doubt' });
    expect(fates(failedAtNote(), {}, [effect('note', 'intended', true)])).toEqual({ note: 'called_again' });
  });

  it('leaves keys of earlier lives alone', () => {
    expect(fates(failedAtNote(), {}, [{ ...effect('note', 'done'), idempotencyKey: 'note~0' }])).toEqual({ note: 'not_called' });
  });

  it('is null for a step that has not begun, and for a run that ended well', () => {
    expect(ask(failedAtNote(), { fromStep: 'nowhere' }, [])).toBeNull();
    expect(ask(after(['run.started', undefined, {}], ['run.failed', undefined, { error }]), { fromStep: 'add' }, [])).toBeNull();
  });

  it('has one hash as long as nothing moves', () => {
    const hash = (state: RunState, request: Partial<RetryRequest>, effects: LedgerEffect[]) => ask(state, request, effects)?.hash;
    const base = hash(failedAtNote(), {}, [effect('note', 'failed')]);
    expect(hash(failedAtNote(), {}, [effect('note', 'failed')])).toBe(base);
    const others = [
      hash(failedAtNote(), {}, [effect('note', 'in_doubt')]),
      hash(failedAtNote(), { fromStep: 'add' }, [effect('note', 'failed')]),
      hash(failedAtNote(), { fromStep: 'note', input: 1 }, [effect('note', 'failed')]),
      hash({ ...failedAtNote(), seq: 99 }, {}, [effect('note', 'failed')]),
    ];
    expect(new Set([base, ...others]).size).toBe(5);
  });
});
