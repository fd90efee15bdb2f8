import {
  deriveId,
  MAX_FOREACH_ITEMS,
  MAX_RUN_DEPTH,
  MAX_STEP_OUTPUT_BYTES,
  toTypeId,
  type FactData,
  type JsonValue,
} from '@flows/contracts';
import { jsonSizeBytes, type PlannedForeach, type PlannedStep } from '@flows/flow-graph';
import { completeStep, expressionError, failStep, machineError } from '../advance/settle-step.js';
import type { Draft } from '../decide/draft.js';
import { comparable, isSameItem } from '../evolve/child-runs.js';
import { shownSteps } from '../decide/expression-context.js';
import type { ChildRuns } from '../state/step-state.js';
import { tooDeep } from './begin-flow.js';

/** Children of one fact: a large concurrency must not make a fact of any size. */
const MOST_PER_FACT = 100;

/** Each item of a list is run through the sub-graph, as a run of its own; so many at a time. */
export function beginForeach(draft: Draft, step: PlannedStep): void {
  const { foreach } = step;
  if (foreach === null) return;
  const depth = (draft.state.parent?.depth ?? 0) + 1;
  if (depth > MAX_RUN_DEPTH) return failStep(draft, step, 0, tooDeep());
  const items = foreach.items.evaluate(draft.expressions());
  if (!items.ok) return failStep(draft, step, 0, expressionError('`items` cannot be evaluated', items));
  if (!Array.isArray(items.value)) return failStep(draft, step, 0, machineError('items_not_a_list', '`items` must yield a list'));
  if (items.value.length > MAX_FOREACH_ITEMS) {
    const message = `A foreach step has at most ${MAX_FOREACH_ITEMS} items, this list has ${items.value.length}: split it over several runs`;
    return failStep(draft, step, 0, machineError('too_many_items', message));
  }
  if (jsonSizeBytes(items.value, MAX_STEP_OUTPUT_BYTES) > MAX_STEP_OUTPUT_BYTES) {
    const message = `The list of a foreach step has at most ${MAX_STEP_OUTPUT_BYTES} bytes of JSON: map its items to what their steps need`;
    return failStep(draft, step, 0, machineError('items_too_large', message));
  }
  const life = draft.state.lives.get(step.id);
  draft.record('step.iterating', step.id, {
    items: items.value,
    concurrency: foreach.concurrency,
    scope_id: deriveId(draft.state.runId, `${step.id}/scope/${life?.ended ?? 0}`),
    outer_steps: [...foreach.outerSteps],
    depth,
    kept: keptItems(comparable(life?.children ?? null, shownSteps(draft.state, foreach.outerSteps)), items.value),
  });
  continueForeach(draft, step, foreach);
}

/** Begins as many items as there is room for; ends the step when all have ended. */
export function continueForeach(draft: Draft, step: PlannedStep, foreach: PlannedForeach): void {
  const outer = draft.state.steps.get(step.id)?.children?.outer ?? null;
  const before = comparable(draft.state.lives.get(step.id)?.children ?? null, outer);
  for (;;) {
    const children = draft.state.steps.get(step.id)?.children ?? null;
    if (children === null) return;
    if (children.outputBytes > MAX_STEP_OUTPUT_BYTES) return failStep(draft, step, 0, outputsTooLarge(children));
    if (children.ended === children.items.length)
      return completeStep(
        draft,
        step,
        children.outputs.map((output) => output ?? null),
      );
    const room = Math.min(foreach.concurrency - children.open.size, MOST_PER_FACT);
    const batch = nextItems(draft, step.id, children, before, room);
    if (batch.length === 0) return;
    draft.record('step.spawned', step.id, { kind: 'item', children: batch, depth: children.depth, awaited: true });
  }
}

function outputsTooLarge({ ended, outputBytes }: ChildRuns) {
  const message = `The outputs of ${ended} items have ${outputBytes} bytes of JSON together, at most ${MAX_STEP_OUTPUT_BYTES} are kept: let the sub-graph end with a transform that yields only what is needed afterwards`;
  return machineError('output_too_large', message);
}

type Spawned = FactData['step.spawned']['children'];

function nextItems(draft: Draft, stepId: string, children: ChildRuns, before: ChildRuns | null, room: number): Spawned {
  const batch: Spawned = [];
  const life = draft.state.lives.get(stepId)?.ended ?? 0;
  for (let index = children.next; index < children.items.length && batch.length < room; index += 1) {
    if (children.runIds[index] !== null) continue;
    const known =
      before !== null && isSameItem(before, index, children.items[index] as JsonValue) ? (before.runIds[index] ?? null) : null;
    if (known !== null) batch.push({ run_id: known, index, again: true });
    else batch.push({ run_id: toTypeId('run', deriveId(draft.state.runId, `${stepId}/${life}/${index}`)), index });
  }
  return batch;
}

/** What an earlier life of the step has done with the same item is done: its effects must not take place twice. */
function keptItems(before: ChildRuns | null, items: readonly JsonValue[]): FactData['step.iterating']['kept'] {
  if (before === null) return [];
  return items.flatMap((item, index) => {
    const output = before.outputs[index];
    const runId = before.runIds[index] ?? null;
    return output !== undefined && runId !== null && isSameItem(before, index, item) ? [{ index, run_id: runId, output }] : [];
  });
}
