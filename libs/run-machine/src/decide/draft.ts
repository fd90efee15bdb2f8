import type { FactData, FactType, FlowError, JsonValue, RunFact } from '@flows/contracts';
import type { ExpressionContext, FlowPlan, PlannedStep } from '@flows/flow-graph';
import { applyFact } from '../evolve/evolve.js';
import { copyState, isTerminal, type RunState } from '../state/run-state.js';
import { isSettled } from '../state/step-state.js';
import type { Decision } from './decision.js';
import { contextOf, shownStep } from './expression-context.js';

/** RFC 3339 ends with the year 9999. */
export const LAST_INSTANT_MS = 253_402_300_799_999;

/**
 * One decision in the making: facts so far, and the state they make. What a rule reads is always the state after the facts
 * that it has recorded, so that choosing (rules) and changing (evolve) never mix.
 */
export class Draft {
  readonly facts: RunFact[] = [];
  readonly state: RunState;
  readonly at: number;
  private context: ExpressionContext | null = null;

  constructor(
    readonly plan: FlowPlan,
    state: RunState,
    at: number,
  ) {
    this.state = copyState(state);
    // INVARIANT: time in a history never goes back, even when the clocks of two services disagree.
    this.at = Math.max(at, state.updatedAt);
  }

  record<T extends Extract<FactType, `step.${string}`>>(type: T, stepId: string, data: FactData[T]): void {
    this.add({ seq: this.state.seq + 1, type, at: this.at, step_id: stepId, data } as RunFact);
    const step = this.state.steps.get(stepId);
    if (step !== undefined && isSettled(step.status)) this.show(stepId, step.output, step.status, step.error);
  }

  recordRun<T extends Extract<FactType, `run.${string}`>>(type: T, data: FactData[T]): void {
    this.add({ seq: this.state.seq + 1, type, at: this.at, step_id: undefined, data } as RunFact);
    // Retries and cancellations change what steps have to show.
    this.context = null;
  }

  /** What expressions see now. */
  expressions(): ExpressionContext {
    this.context ??= contextOf(this.plan, this.state, this.at);
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
    return this.expressions();
  }

  /** RFC 3339, `ms` from now; at the end of the year 9999 where RFC 3339 ends. */
  in(ms: number): string {
    return new Date(Math.min(this.at + ms, LAST_INSTANT_MS)).toISOString();
  }

  planned(stepId: string): PlannedStep | undefined {
    return this.plan.step.get(stepId);
  }

  get ended(): boolean {
    return isTerminal(this.state.status);
  }

  /** While a run is paused nothing begins. */
  get paused(): boolean {
    return this.state.status === 'paused';
  }

  decided(): Decision {
    return { kind: 'decided', facts: this.facts, state: this.state };
  }

  private show(stepId: string, output: JsonValue, status: string, error: FlowError | null): void {
    this.expressions().steps[stepId] = shownStep(output, status, error);
  }

  private add(fact: RunFact): void {
    this.facts.push(fact);
    applyFact(this.state, fact);
  }
}
