import { toTypeId, type FlowError, type JsonValue } from '@flows/contracts';
import type { ExpressionContext, FlowPlan } from '@flows/flow-graph';
import type { RunState } from '../state/run-state.js';
import { isSettled } from '../state/step-state.js';

type ShownStep = ExpressionContext['steps'][string];

/** What expressions see of a run. An item's run sees its root's data, and the outer steps that its own do not hide. */
export function contextOf(plan: FlowPlan, state: RunState, at: number): ExpressionContext {
  const { scope } = state;
  const steps = Object.create(null) as ExpressionContext['steps'];
  if (scope !== null) Object.assign(steps, scope.steps);
  for (const id of plan.step.keys()) delete steps[id];
  // The cleanup may ask after any step; what never began has no output.
  if (state.cancelling !== null) for (const id of plan.step.keys()) steps[id] = { output: null, status: 'pending' };
  for (const [id, step] of state.steps) {
    if (isSettled(step.status)) steps[id] = shownStep(step.output, step.status, step.error);
  }
  if (scope === null)
    return {
      payload: state.payload,
      inputs: plan.inputs,
      trigger: state.trigger as unknown as JsonValue,
      run: runOf(state, at),
      steps,
    };
  return {
    payload: scope.payload,
    inputs: plan.inputs,
    trigger: scope.trigger as unknown as JsonValue,
    run: scope.run,
    steps,
    item: state.payload,
    index: state.parent?.index ?? 0,
  };
}

export function shownStep(output: JsonValue, status: string, error: FlowError | null): ShownStep {
  if (error === null) return { output, status };
  return { output, status, error: { code: error.code, message: error.message, class: error.class } };
}

/** What the items of a foreach step see of the steps around it: of the run's own, else of those around the run. */
export function shownSteps({ steps, scope }: RunState, ids: readonly string[]): Record<string, ShownStep> {
  return Object.fromEntries(
    ids.flatMap((id): [string, ShownStep][] => {
      const step = steps.get(id);
      const shown = step === undefined ? scope?.steps[id] : shownStep(step.output, step.status, step.error);
      return shown === undefined ? [] : [[id, shown]];
    }),
  );
}

/** `run` in expressions. */
export function runOf(state: RunState, at: number): ExpressionContext['run'] {
  return {
    id: toTypeId('run', state.runId),
    started_at: new Date(state.startedAt ?? at).toISOString(),
    workflow_id: toTypeId('wf', state.workflowId),
    version: state.version,
  };
}
