import { deriveId, toTypeId, type JsonValue, type RunFact, type RunInput, type StepOutcome } from '@flows/contracts';
import { compileFlow, type FlowPlan } from '@flows/flow-graph';
import { commandsOf, type Command } from '../commands/commands-of.js';
import { decide } from '../decide/decide.js';
import type { Decision } from '../decide/decision.js';
import { initialState, type RunState } from '../state/run-state.js';

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
  open: Command[] = [];
  now = START;

  constructor(
    readonly plan: FlowPlan,
    payload: JsonValue = {},
  ) {
    this.state = initialState({
      runId: RUN_ID,
      workspaceId: WORKSPACE_ID,
      workflowId: WORKFLOW_ID,
      version: 1,
      payload,
      trigger: { type: 'manual' },
      createdAt: START,
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
    if (decision.kind === 'decided') {
      this.state = decision.state;
      this.facts.push(...decision.facts);
      this.open.push(...decision.facts.flatMap((fact) => commandsOf(this.state, fact)));
    }
    return decision;
  }

  /** Step ids that an executor has been given, in order. */
  commanded(): string[] {
    return this.open.flatMap((command) => (command.type === 'step.run' ? [command.command.step_id] : []));
  }

  statuses(): Record<string, string> {
    return Object.fromEntries([...this.state.steps].map(([id, step]) => [id, step.status]));
  }

  private base(id: string) {
    return { id, run_id: RUN_ID, workspace_id: WORKSPACE_ID, at: this.now };
  }
}
