import {
  deriveId,
  fromTypeId,
  toTypeId,
  type ChildOutcome,
  type FactData,
  type FactType,
  type JsonValue,
  type ReceivedEvent,
  type RunFact,
  type RunInput,
  type StepCost,
  type StepOutcome,
} from '@flows/contracts';
import { compileFlow, type FlowPlan } from '@flows/flow-graph';
import type { Command } from '../commands/command.js';
import { commandsOf, openCommands } from '../commands/commands-of.js';
import { decide } from '../decide/decide.js';
import type { Decision } from '../decide/decision.js';
import { initialState, type RunIdentity, type RunState } from '../state/run-state.js';

export const RUN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
export const WORKSPACE_ID = '01890a5d-ac96-774b-bcce-b302099a8001';
export const WORKFLOW_ID = '01890a5d-ac96-774b-bcce-b302099a8002';
export const START = 1_764_000_000_000;

export function planOf(definition: unknown): FlowPlan {
  const compiled = compileFlow(definition);
  if (!compiled.ok) throw new Error(`The test's flow does not compile: ${JSON.stringify(compiled.problems)}`);
  return compiled.plan;
}

/** A run on the bench: inputs go in by hand, commands pile up in `open`, time is set by the test. No I/O, no clock. */
export class RunDriver {
  state: RunState;
  readonly facts: RunFact[] = [];
  readonly inputs: RunInput[] = [];
  /** Inputs that changed nothing. */
  readonly refused = new Set<RunInput>();
  open: Command[] = [];
  now = START;
  childSeq = 0;

  constructor(
    readonly plan: FlowPlan,
    payload: JsonValue = {},
    identity: Partial<RunIdentity> = {},
  ) {
    this.state = initialState({
      runId: RUN_ID,
      workspaceId: WORKSPACE_ID,
      workflowId: WORKFLOW_ID,
      version: 1,
      payload,
      trigger: { type: 'manual' },
      createdAt: START,
      ...identity,
    });
  }

  start(): this {
    this.give({
      ...this.base(`req:${RUN_ID}`),
      type: 'run.requested',
      workflow_id: WORKFLOW_ID,
      version: 1,
      payload: this.state.payload,
      trigger: this.state.trigger,
      created_at: START,
    });
    return this;
  }

  complete(stepId: string, output: JsonValue = null): Decision {
    return this.report(stepId, { status: 'completed', output });
  }

  fail(stepId: string, code = 'boom', errorClass: 'retryable' | 'non_retryable' = 'non_retryable'): Decision {
    return this.report(stepId, { status: 'failed', error: { code, message: code, class: errorClass, origin: 'provider' } });
  }

  report(stepId: string, outcome: StepOutcome): Decision {
    const attempt = this.state.steps.get(stepId)?.attempt ?? 1;
    return this.give(this.reportInput(stepId, attempt, outcome));
  }

  reportInput(stepId: string, attempt: number, outcome: StepOutcome): RunInput {
    const id = `rep:${toTypeId('srun', deriveId(RUN_ID, stepId))}:${attempt}`;
    return {
      ...this.base(id),
      type: 'step.reported',
      step_id: stepId,
      attempt,
      outcome,
      started_at: this.now,
      executor: 'bench',
    };
  }

  fire(timerId: string): Decision {
    return this.give({ ...this.base(`tmr:${RUN_ID}:${timerId}`), type: 'timer.fired', timer_id: timerId });
  }

  give(input: RunInput): Decision {
    const decision = decide(this.plan, this.state, input);
    this.inputs.push(input);
    if (decision.kind === 'ignored') this.refused.add(input);
    else {
      this.state = decision.state;
      this.facts.push(...decision.facts);
      this.open.push(...decision.facts.flatMap((fact) => commandsOf(this.state, fact)));
    }
    return decision;
  }

  signal(type: string, data: JsonValue = null, id = `sig-${type}`): Decision {
    return this.give({ ...this.base(`sig:${id}`), type: 'event.received', event: this.event(type, data, id) });
  }

  /** An event that correlates with the wait of the step. */
  correlated(stepId: string, type: string, data: JsonValue = null, id = `evt-${type}`): Decision {
    const input = { ...this.base(`evt:${id}:${stepId}`), type: 'event.received' as const, step_id: stepId };
    return this.give({ ...input, event: this.event(type, data, id) });
  }

  event(type: string, data: JsonValue, id: string): ReceivedEvent {
    return { id, type, source: 'test', time: new Date(this.now).toISOString(), data };
  }

  decideOn(stepId: string, decision: 'approved' | 'rejected', approvalId = this.asked(stepId)?.approval_id ?? 'none'): Decision {
    const input = { ...this.base(`apr:${approvalId}:${decision}`), type: 'approval.decided' as const };
    return this.give({ ...input, step_id: stepId, approval_id: approvalId, decision, by: 'ada' });
  }

  asked(stepId: string): FactData['step.awaiting_approval'] | null {
    const wait = this.state.steps.get(stepId)?.wait;
    return wait?.for === 'approval' ? wait.asked : null;
  }

  /** Typed ids of the child runs that a step waits for, in order. */
  openChildren(stepId: string): string[] {
    return [...(this.state.steps.get(stepId)?.children?.open.keys() ?? [])];
  }

  childEnds(stepId: string, runTypeId: string, outcome: JsonValue | ChildOutcome, more: ChildEnd = {}): Decision {
    return this.give({
      ...this.base(`chd:${runTypeId}:${more.child_seq ?? 0}`),
      type: 'child.ended',
      step_id: stepId,
      child_run_id: fromTypeId('run', runTypeId) ?? runTypeId,
      outcome: isOutcome(outcome) ? outcome : { status: 'completed', output: outcome, via_fallback: false },
      ...more,
    });
  }

  /** A child run that was commanded, by its plain id. */
  childEndsById(stepId: string, childRunId: string, outcome: ChildOutcome, childSeq: number): void {
    this.childEnds(stepId, toTypeId('run', childRunId), outcome, {
      child_seq: childSeq,
      cost: { amount: 1, currency: 'USD', tokens: 1 },
    });
  }

  progress(stepId: string, attempt: number): Decision {
    const input = { ...this.base(`prg:${stepId}:${attempt}`), type: 'step.progressed' as const, step_id: stepId, attempt };
    return this.give({ ...input, started_at: this.now, executor: 'bench', progress: { at: this.now } });
  }

  control(action: 'pause' | 'resume' | 'cancel' | 'terminate', id = this.nextControl()): Decision {
    return this.give({ ...this.base(id), type: `control.${action}`, actor: 'ada' });
  }

  retry(more: { from_step?: string; input?: JsonValue; expected_seq?: number } = {}, id = this.nextControl()): Decision {
    return this.give({ ...this.base(id), type: 'control.retry', actor: 'ada', ...more });
  }

  commandsOf(fact: RunFact): Command[] {
    return commandsOf(this.state, fact);
  }

  openCommands(): Command[] {
    return openCommands(this.state);
  }

  factsOf<T extends FactType>(type: T): Extract<RunFact, { type: T }>[] {
    return this.facts.filter((fact): fact is Extract<RunFact, { type: T }> => fact.type === type);
  }

  typesSince(count: number): string[] {
    return this.facts.slice(count).map((fact) => (fact.step_id === undefined ? fact.type : `${fact.type} ${fact.step_id}`));
  }

  /** Step ids that an executor has been given, in order. */
  commanded(): string[] {
    return this.open.flatMap((command) => (command.type === 'step.run' ? [command.command.step_id] : []));
  }

  statuses(): Record<string, string> {
    return Object.fromEntries([...this.state.steps].map(([id, step]) => [id, step.status]));
  }

  private nextControl(): string {
    return `ctl:${this.inputs.length}`;
  }

  private base(id: string) {
    return { id, run_id: RUN_ID, workspace_id: WORKSPACE_ID, at: this.now };
  }
}

interface ChildEnd {
  cost?: StepCost;
  child_seq?: number;
}

export const childFailed = (status: 'failed' | 'cancelled' | 'timed_out' = 'failed'): ChildOutcome => ({
  status,
  error: { code: 'boom', message: 'boom', class: 'non_retryable', origin: 'provider' },
});

function isOutcome(value: JsonValue | ChildOutcome): value is ChildOutcome {
  return typeof value === 'object' && value !== null && 'status' in value && ('error' in value || 'via_fallback' in value);
}
