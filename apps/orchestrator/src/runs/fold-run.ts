import type { RunInput } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import type { KafkaMessage } from '@flows/kafka';
import { commandsOf, decide, openCommands, openTimers, report, type Command, type RunState } from '@flows/run-machine';
import type { StoredFact } from './run.store.js';

/** An input with the message that brought it: its trace goes on from there, and it is kept whole if it cannot be folded. */
export interface ArrivedInput {
  input: RunInput;
  traceparent: string | undefined;
  message: KafkaMessage;
}

/** What is to be published for one input, once the write holds. */
export interface Consequences {
  arrived: ArrivedInput;
  /** The run after the input. */
  state: RunState;
  /** Of the run. */
  timeoutMs: number;
  facts: StoredFact[];
  commands: Command[];
}

export interface FoldedRun {
  /** As it was read. */
  before: RunState;
  state: RunState;
  expectedSeq: number;
  stepsTotal: number;
  facts: StoredFact[];
  consequences: Consequences[];
  /** Timers that are not open any more: fired, or ended with the run. */
  disarmed: Set<string>;
  /** At least one input changed nothing: with a cached state that must be checked against a fresh one. */
  ignoredAny: boolean;
  faults: { arrived: ArrivedInput; error: Error }[];
}

/**
 * Folds the inputs of one run, in order. `history` is what is stored of it when the state was loaded: an input that changes
 * nothing because it was folded before a crash finds there what it had caused, and that is published again.
 * An exception is a bug of ours: that input is set aside, the others go on.
 */
export function foldRun(
  plan: FlowPlan,
  state: RunState,
  inputs: readonly ArrivedInput[],
  history: readonly StoredFact[],
): FoldedRun {
  const folded: FoldedRun = {
    before: state,
    state,
    expectedSeq: state.seq,
    stepsTotal: plan.steps.length,
    facts: [],
    consequences: [],
    disarmed: openTimers(state),
    ignoredAny: false,
    faults: [],
  };
  const { timeoutMs } = plan;
  for (const arrived of inputs) {
    const { input } = arrived;
    try {
      if (input.type === 'timer.fired') folded.disarmed.add(input.timer_id);
      const decision = decide(plan, folded.state, input);
      if (decision.kind === 'decided') {
        const facts = decision.facts.map((fact): StoredFact => ({ ...fact, caused_by: input.id }));
        folded.state = decision.state;
        folded.facts.push(...facts);
        folded.consequences.push({
          arrived,
          state: decision.state,
          timeoutMs,
          facts,
          commands: facts.flatMap((fact) => commandsOf(decision.state, fact)),
        });
        continue;
      }
      folded.ignoredAny = true;
      if (decision.reason === 'nudged') {
        folded.consequences.push({ arrived, state: folded.state, timeoutMs, facts: [], commands: openCommands(folded.state) });
        continue;
      }
      // A parent that asks an ended child for anything has not heard of its end.
      if (decision.reason === 'run_ended' && folded.state.parent !== null) {
        folded.consequences.push({ arrived, state: folded.state, timeoutMs, facts: [], commands: report(folded.state) });
      }
      const caused = [...history, ...folded.facts].filter((fact) => fact.caused_by === input.id);
      folded.consequences.push({
        arrived,
        state: folded.state,
        timeoutMs,
        facts: caused,
        commands: caused.flatMap((fact) => commandsOf(folded.state, fact)),
      });
    } catch (error) {
      folded.faults.push({ arrived, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  for (const timer of openTimers(folded.state)) folded.disarmed.delete(timer);
  return folded;
}

/** Steps that wait for an event. */
export function openEventWaits(state: RunState): Set<string> {
  const waits = new Set<string>();
  if (state.parked > 0) for (const [stepId, { wait }] of state.steps) if (wait?.for === 'event') waits.add(stepId);
  return waits;
}

/** Ids of what people are asked. */
export function openApprovals(state: RunState): Set<string> {
  const asked = new Set<string>();
  if (state.parked > 0)
    for (const { wait } of state.steps.values()) if (wait?.for === 'approval') asked.add(wait.asked.approval_id);
  return asked;
}
