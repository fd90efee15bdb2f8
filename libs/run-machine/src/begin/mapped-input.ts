import type { JsonValue } from '@flows/contracts';
import type { Evaluation, PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';

/** The step's input: as a person corrected it when the run was retried, else as its mapping says. */
export function mappedInput(draft: Draft, step: PlannedStep): Evaluation<JsonValue> {
  const corrected = draft.state.lives.get(step.id)?.correctedInput;
  if (corrected !== undefined && corrected !== null) return { ok: true, value: corrected.value };
  return step.mapping?.resolve(draft.expressions()) ?? { ok: true, value: null };
}
