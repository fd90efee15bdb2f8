import fc from 'fast-check';
import { RUN_INPUT_TYPES, type RunInput } from '@flows/contracts';
import type { RunState } from '../state/run-state.js';
import { childOutcomeOf, outcomeOf } from './drive.js';
import { RUN_ID, WORKSPACE_ID } from './run-driver.js';

/** Inputs that nobody should send, and right ones at the wrong time. */
export const arbitraryOddity = fc.record({
  type: fc.constantFrom(...RUN_INPUT_TYPES),
  step_id: fc.constantFrom('s0', 's1', 's2', 's5', 's1_f', 'tidy', 'nobody', 'constructor', '__proto__'),
  attempt: fc.integer({ min: 1, max: 4 }),
  timer_id: fc.constantFrom('wait:s0', 'retry:s1:1', 'event:s2', 'due:s1', 'run:timeout', '', 'constructor'),
  at: fc.oneof(fc.integer({ min: 0, max: 4_000_000_000_000 }), fc.constant(253_402_300_799_999)),
  outcome: fc.integer({ min: 0, max: 20 }),
  inState: fc.boolean(),
});
type Oddity = typeof arbitraryOddity extends fc.Arbitrary<infer T> ? T : never;

/** @param state where ids that are right are taken from. */
export function oddInput({ outcome, inState, ...odd }: Oddity, state: RunState): RunInput {
  const step = state.steps.get(odd.step_id);
  const wait = step?.wait;
  const child = [...(step?.children?.open.keys() ?? [])][0];
  const input = {
    id: `odd:${odd.type}:${odd.at}`,
    run_id: RUN_ID,
    workspace_id: WORKSPACE_ID,
    started_at: 0,
    executor: 'x',
    payload: {},
    version: 1,
    workflow_id: RUN_ID,
    trigger: { type: 'manual' },
    created_at: 0,
    actor: 'odd',
    decision: outcome % 2 === 0 ? 'approved' : 'rejected',
    by: 'odd',
    approval_id: inState && wait?.for === 'approval' ? wait.asked.approval_id : 'apr_odd',
    child_run_id: inState && child !== undefined ? child : RUN_ID,
    event: {
      id: `odd${outcome}`,
      type: `ev.${odd.step_id}`,
      source: 'odd',
      time: '2025-01-01T00:00:00Z',
      data: { for: odd.step_id },
    },
    from_step: inState ? odd.step_id : undefined,
    ...odd,
    attempt: inState ? (step?.attempt ?? odd.attempt) : odd.attempt,
    timer_id: inState ? (step?.timer?.id ?? odd.timer_id) : odd.timer_id,
    outcome: odd.type === 'child.ended' ? childOutcomeOf(`${outcome}`) : outcomeOf(`${outcome}`, odd.attempt),
  };
  if (odd.type === 'event.received' && outcome % 2 === 0) return { ...input, step_id: undefined } as unknown as RunInput;
  return input as unknown as RunInput;
}
