import { hash32, type ChildOutcome, type JsonValue, type RunInput, type StepOutcome } from '@flows/contracts';
import type { Command } from '../commands/command.js';
import { isTerminal } from '../state/run-state.js';
import type { ArbitraryFlow } from './arbitrary-flow.js';
import { pick, type Draw } from './draw.js';
import { childFailed, planOf, RunDriver, START } from './run-driver.js';

/** Drives random flows to their end. What others answer is a function of step and attempt; the order is drawn. */
export interface DriveOptions {
  /** Controls and strange things that may happen in between, each so many times at most. */
  readonly controls?: readonly ('pause' | 'resume' | 'cancel' | 'terminate' | 'retry')[];
  readonly disturbances?: number;
  /** One in so many turns is one. */
  readonly every?: number;
  readonly mayFail?: boolean;
  readonly after?: (run: RunDriver, input: RunInput) => void;
}

export function outcomeOf(stepId: string, attempt: number): StepOutcome {
  const error = (errorClass: 'retryable' | 'non_retryable' | 'auth') =>
    ({ status: 'failed', error: { code: errorClass, message: errorClass, class: errorClass, origin: 'provider' } }) as const;
  switch (hash32(`${stepId}/${attempt}`, 7) % 8) {
    case 0:
    case 1:
      return error('retryable');
    case 2:
      return error('non_retryable');
    case 3:
      return attempt % 3 === 1 ? error('auth') : { status: 'completed', output: null };
    case 4:
      return attempt % 3 === 1
        ? { status: 'deferred', until: START, reason: 'rate_limit' }
        : { status: 'completed', output: [stepId], cost: { amount: 1, currency: 'USD', tokens: 1 } };
    default:
      return {
        status: 'completed',
        output: { step: stepId },
        cost: { amount: 0.25, currency: 'USD', tokens: 10 },
        effects: [{ step: stepId }],
      };
  }
}

export function childOutcomeOf(name: string): ChildOutcome {
  const draw = hash32(name, 9) % 5;
  return draw === 0 ? childFailed() : { status: 'completed', output: name, via_fallback: false };
}

export function drive(flow: ArbitraryFlow, draw: Draw, options: DriveOptions = {}): RunDriver {
  const run = new RunDriver(planOf(flow.definition), flow.payload as unknown as JsonValue);
  const give = (act: () => void) => {
    const before = run.inputs.length;
    act();
    for (const input of run.inputs.slice(before)) options.after?.(run, input);
  };
  let disturbances = options.disturbances ?? 0;
  const disturb = (): void => {
    disturbances -= 1;
    const control = pick(draw, options.controls ?? []);
    give(() => (control === 'retry' ? void run.retry() : void run.control(control)));
  };
  if (disturbances > 0 && draw.int(8) === 1) disturb();
  give(() => run.start());
  for (let turn = 0; ; turn += 1) {
    if (turn > 3_000) throw new Error('The run does not come to an end');
    if (disturbances > 0 && draw.int(options.every ?? 6) === 1) disturb();
    run.now += 60_000;
    const [command] = run.open.splice(draw.int(Math.max(1, run.open.length)), 1);
    if (command !== undefined) give(() => answer(run, command, options.mayFail ?? true));
    else if (!goOn(run, give)) return run;
  }
}

/** With nothing open: what a person would do. False when there is nothing. */
function goOn(run: RunDriver, give: (act: () => void) => void): boolean {
  const { state } = run;
  if (isTerminal(state.status)) return false;
  if (state.status === 'queued') give(() => run.start());
  else if (state.status === 'paused' || [...state.steps.values()].some((step) => step.wait?.for === 'reauth'))
    give(() => run.control('resume'));
  else throw new Error(`The run hangs: ${JSON.stringify(run.statuses())}`);
  return true;
}

function answer(run: RunDriver, command: Command, mayFail: boolean): void {
  switch (command.type) {
    case 'step.run': {
      const { step_id: stepId, attempt } = command.command;
      const outcome = outcomeOf(stepId, attempt);
      const told = !mayFail && outcome.status === 'failed' ? ({ status: 'completed', output: null } as const) : outcome;
      if (hash32(`${stepId}/${attempt}`, 3) % 5 === 0) run.progress(stepId, attempt);
      return void run.give(run.reportInput(stepId, attempt, told));
    }
    case 'timer.arm':
      return timer(run, command.timerId);
    case 'event.subscribe':
      if (isLate(command.stepId) && run.state.steps.get(command.stepId)?.timer != null) return;
      if (hash32(command.stepId, 1) % 2 === 0) return void run.signal(`ev.${command.stepId}`, { for: command.stepId });
      return void run.correlated(command.stepId, `ev.${command.stepId}`, { for: command.stepId });
    case 'approval.open':
      if (isLate(command.stepId) && command.asked.timer_id !== undefined) return;
      return void run.decideOn(
        command.stepId,
        hash32(command.stepId, 2) % 3 === 0 ? 'rejected' : 'approved',
        command.asked.approval_id,
      );
    case 'run.spawn': {
      const { parent } = command.run;
      const seq = (run.childSeq += 1);
      const name = `${parent.step_id}/${parent.index ?? 0}`;
      const outcome = mayFail ? childOutcomeOf(name) : ({ status: 'completed', output: name, via_fallback: false } as const);
      return run.childEndsById(parent.step_id, command.run.runId, outcome, seq);
    }
    default:
      return;
  }
}

/** Whether what may be ended by a timer is. */
function isLate(stepId: string): boolean {
  return hash32(stepId, 5) % 2 === 0;
}

/** Timers of waits that something else ends do not fire, so that the order of things decides nothing. */
function timer(run: RunDriver, timerId: string): void {
  const [kind, stepId = ''] = timerId.split(':');
  const wait = run.state.steps.get(stepId)?.wait;
  if ((kind === 'event' || kind === 'due') && !isLate(stepId) && wait !== null) return;
  run.fire(timerId);
}
