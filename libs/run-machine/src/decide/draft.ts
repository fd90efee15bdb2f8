import type { FactData, FactType, FlowError, JsonValue, RunFact } from '@flows/contracts';
import { toTypeId } from '@flows/contracts';
import type { ExpressionContext, FlowPlan } from '@flows/flow-graph';
import { applyFact } from '../evolve/evolve.js';
import { copyState, isSettled, type RunState } from '../state/run-state.js';

/**
 * One decision in the making: facts so far, and the state they make. What a rule reads is always the state after the facts
 * that it has recorded, so that choosing (rules) and changing (evolve) never mix.
 */
export class Draft {
  readonly facts: RunFact[] = [];
  readonly state: RunState;
  readonly at: number;
  private readonly context: ExpressionContext;

  constructor(
    readonly plan: FlowPlan,
    state: RunState,
    at: number,
  ) {
    this.state = copyState(state);
    // INVARIANT: time in a history never goes back, even when the clocks of two services disagree.
    this.at = Math.max(at, state.updatedAt);
    this.context = contextOf(plan, this.state, this.at);
  }

  record<T extends Extract<FactType, `step.${string}`>>(type: T, stepId: string, data: FactData[T]): void {
    this.add({ seq: this.state.seq + 1, type, at: this.at, step_id: stepId, data } as RunFact);
    const step = this.state.steps.get(stepId);
    if (step !== undefined && isSettled(step.status)) this.show(stepId, step.output, step.status, step.error);
  }

  recordRun<T extends Extract<FactType, `run.${string}`>>(type: T, data: FactData[T]): void {
    this.add({ seq: this.state.seq + 1, type, at: this.at, step_id: undefined, data } as RunFact);
  }

  /** What expressions see now. */
  expressions(): ExpressionContext {
    return this.context;
  }

  /** What expressions will see once the step has this result: for the conditions of its own edges, which the fact must already contain. */
  expressionsWith(
    stepId: string,
    output: JsonValue,
    status: 'completed' | 'failed' | 'skipped',
    error: FlowError | null,
  ): ExpressionContext {
    this.show(stepId, output, status, error);
    return this.context;
  }

  private show(stepId: string, output: JsonValue, status: string, error: FlowError | null): void {
    this.context.steps[stepId] =
      error === null
        ? { output, status }
        : { output, status, error: { code: error.code, message: error.message, class: error.class } };
  }

  private add(fact: RunFact): void {
    this.facts.push(fact);
    applyFact(this.state, fact);
  }
}

function contextOf(plan: FlowPlan, state: RunState, at: number): ExpressionContext {
  const context: ExpressionContext = {
    payload: state.payload,
    inputs: plan.inputs,
    trigger: state.trigger as unknown as JsonValue,
    run: {
      id: toTypeId('run', state.runId),
      started_at: new Date(state.startedAt ?? at).toISOString(),
      workflow_id: toTypeId('wf', state.workflowId),
      version: state.version,
    },
    steps: Object.create(null) as ExpressionContext['steps'],
  };
  for (const [id, step] of state.steps) {
    if (!isSettled(step.status)) continue;
    context.steps[id] =
      step.error === null
        ? { output: step.output, status: step.status }
        : {
            output: step.output,
            status: step.status,
            error: { code: step.error.code, message: step.error.message, class: step.error.class },
          };
  }
  return context;
}
