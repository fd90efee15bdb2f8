import { canonicalJson, hash32, type StepCost } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { hasOnlyToEnd, resetSteps } from '../retry/reset-steps.js';
import type { RunState } from '../state/run-state.js';
import { findShakyInputs, type StepsBegunAnew } from './shaky-inputs.js';
import type { EffectFate, LedgerEffect, PlannedEffect, RetryPlan, RetryRecord, RetryRequest } from './retry-plan.js';

/**
 * What a retry would do, before anybody does it: which steps are kept and which begin anew, what becomes of the effects that were
 * begun, what it may cost. Pure: the same state, request and record give the same plan and the same hash.
 *
 * @returns null when nothing of the run could begin anew, or when the chosen step has not begun in it.
 */
export function planRetry(plan: FlowPlan, state: RunState, request: RetryRequest, record: RetryRecord): RetryPlan | null {
  const { from, reset } = resetSteps(plan, state, request.fromStep);
  if (from.length === 0 && !hasOnlyToEnd(state, request.fromStep)) return null;
  const anew: StepsBegunAnew = { ids: new Set(reset), corrected: correctedStep(state, request) };
  const done = new Set(record.effects.filter((effect) => effect.state === 'done').map((effect) => effect.idempotencyKey));
  const shaky = findShakyInputs(plan, state, anew, done);
  const fates = record.effects.map((effect) => toPlannedEffect(state, effect, fateOf(effect, state, anew, shaky)));
  const begun = [...state.steps].map(([step_id, { status }]) => ({ step_id, status }));
  const unsigned = {
    from,
    reused: begun.filter(({ step_id }) => !anew.ids.has(step_id)),
    rerun: reset.map((step_id) => ({ step_id, status: state.steps.get(step_id)?.status ?? ('pending' as const) })),
    effects: fates,
    cost: {
      reused: addUp(record.costs, (stepId) => !anew.ids.has(stepId)),
      rerun: addUp(record.costs, (stepId) => anew.ids.has(stepId)),
    },
  };
  return { ...unsigned, hash: hashOf({ seq: state.seq, plan: unsigned, input: request.input ?? null }) };
}

/** The step whose input a person replaces with another one. The same input again corrects nothing. */
function correctedStep(state: RunState, { fromStep, input }: RetryRequest): string | null {
  if (fromStep === null || input === undefined) return null;
  const before = state.steps.get(fromStep)?.scheduled?.input;
  return before !== undefined && canonicalJson(before) === canonicalJson(input) ? null : fromStep;
}

function fateOf(effect: LedgerEffect, state: RunState, anew: StepsBegunAnew, shaky: ReadonlySet<string>): EffectFate {
  const { stepId, idempotencyKey } = effect;
  // A key that an earlier life of the step has left behind is not used again.
  if (!anew.ids.has(stepId) || state.steps.get(stepId)?.scheduled?.idempotency_key !== idempotencyKey) return 'not_called';
  if (anew.corrected === stepId || shaky.has(stepId)) return 'called_again';
  switch (effect.state) {
    case 'done':
      return 'answered_from_ledger';
    case 'failed':
      return 'called_again';
    case 'intended':
      return effect.keyed ? 'called_again' : 'in_doubt';
    case 'in_doubt':
      return 'in_doubt';
  }
}

function toPlannedEffect(
  state: RunState,
  { stepId, idempotencyKey, state: known }: LedgerEffect,
  will: EffectFate,
): PlannedEffect {
  const work = state.steps.get(stepId)?.scheduled?.work;
  const [provider, action] =
    work?.kind === 'connector'
      ? [work.connection, work.action]
      : work?.kind === 'agent'
        ? [work.agent, null]
        : work?.kind === 'http'
          ? ['http', work.method]
          : [null, null];
  return { step_id: stepId, idempotency_key: idempotencyKey, provider, action, state: known, will };
}

function addUp(costs: ReadonlyMap<string, StepCost>, counts: (stepId: string) => boolean): StepCost | null {
  const counted = [...costs].flatMap(([stepId, cost]) => (counts(stepId) ? [cost] : []));
  const [first] = counted;
  if (first === undefined) return null;
  return {
    amount: counted.reduce((sum, { amount }) => sum + amount, 0),
    currency: first.currency,
    tokens: counted.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

/** 128 bits: enough that a plan that differs has another hash; nobody gains anything by making two alike. */
function hashOf(value: object): string {
  const text = canonicalJson(value);
  return [1, 2, 3, 4].map((seed) => hash32(text, seed).toString(16).padStart(8, '0')).join('');
}
