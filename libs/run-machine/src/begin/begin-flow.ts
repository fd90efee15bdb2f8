import { canonicalJson, deriveId, MAX_RUN_DEPTH, toTypeId } from '@flows/contracts';
import type { PlannedStep } from '@flows/flow-graph';
import { completeStep, expressionError, failStep, machineError } from '../advance/settle-step.js';
import type { Draft } from '../decide/draft.js';
import { mappedInput } from './mapped-input.js';

/** Another workflow runs as a child; the step ends with it, or at once when nobody waits for it. */
export function beginFlow(draft: Draft, step: PlannedStep): void {
  if (step.definition.type !== 'flow') return;
  const depth = (draft.state.parent?.depth ?? 0) + 1;
  if (depth > MAX_RUN_DEPTH) return failStep(draft, step, 0, tooDeep());
  const input = mappedInput(draft, step);
  if (!input.ok) return failStep(draft, step, 0, expressionError("The child's payload cannot be mapped", input));
  const life = draft.state.lives.get(step.id);
  const before = life?.children ?? null;
  const known = before?.runIds[0] ?? null;
  const same = before !== null && known !== null && canonicalJson(before.input) === canonicalJson(input.value);
  const done = same ? before.outputs[0] : undefined;
  // As with items: what an earlier life has done with the same is done.
  if (done !== undefined) return completeStep(draft, step, done);
  const runId = same ? known : toTypeId('run', deriveId(draft.state.runId, `${step.id}/${life?.ended ?? 0}`));
  const awaited = step.definition.wait ?? true;
  draft.record('step.spawned', step.id, {
    kind: 'flow',
    children: [same ? { run_id: runId, again: true } : { run_id: runId }],
    depth,
    workflow: step.definition.workflow,
    input: input.value,
    awaited,
  });
  if (!awaited) completeStep(draft, step, { run_id: runId });
}

export const tooDeep = () =>
  machineError(
    'run_depth_exceeded',
    `Runs may be nested ${MAX_RUN_DEPTH} deep: this one would stand below ${MAX_RUN_DEPTH} others`,
  );
