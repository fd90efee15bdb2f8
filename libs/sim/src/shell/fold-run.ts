import type { RunInput } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import {
  commandsOf,
  decide,
  isTerminal,
  openCommands,
  openTimers,
  report,
  type Command,
  type RunState,
} from '@flows/run-machine';
import type { Observer } from '../check/observer.js';
import type { Mutant } from '../faults/mutants.js';
import type { StoredFact } from '../world/sim-pg.js';

/** The orchestrator's fold of one run's inputs, as apps/orchestrator does it. */
export interface Consequences {
  readonly input: RunInput;
  readonly state: RunState;
  readonly timeoutMs: number;
  readonly commands: Command[];
}
export interface FoldedRun {
  readonly before: RunState;
  state: RunState;
  readonly facts: StoredFact[];
  readonly consequences: Consequences[];
  readonly disarmed: Set<string>;
  ignoredAny: boolean;
}

export function foldRun(
  plan: FlowPlan,
  state: RunState,
  inputs: readonly RunInput[],
  history: readonly StoredFact[],
  { observer, mutant }: { observer: Observer; mutant: Mutant | null },
): FoldedRun {
  const folded: FoldedRun = { before: state, state, facts: [], consequences: [], disarmed: openTimers(state), ignoredAny: false };
  const { timeoutMs } = plan;
  const follow = (input: RunInput, commands: Command[]) =>
    void folded.consequences.push({ input, state: folded.state, timeoutMs, commands });
  for (const input of inputs) {
    if (input.type === 'timer.fired') folded.disarmed.add(input.timer_id);
    const decision = decide(plan, folded.state, input);
    observer.saw(folded.state.status, input, decision.kind === 'decided');
    if (decision.kind === 'decided') {
      const facts = decision.facts.map((fact): StoredFact => ({ ...fact, caused_by: input.id, committedAt: 0 }));
      folded.state = decision.state;
      folded.facts.push(...facts);
      follow(
        input,
        facts.flatMap((fact) => commandsOf(decision.state, fact)),
      );
      continue;
    }
    folded.ignoredAny = true;
    if (decision.reason === 'nudged') {
      follow(input, openCommands(folded.state));
      continue;
    }
    if (mutant === 'no_republish') continue;
    // A parent that asks an ended child for anything has not heard of its end.
    const asks = input.type === 'run.requested' || input.type.startsWith('control.');
    if (asks && isTerminal(folded.state.status) && folded.state.parent !== null) follow(input, report(folded.state));
    const caused = [...history, ...folded.facts].filter((fact) => fact.caused_by === input.id);
    for (const fact of caused) {
      if (fact.type === 'step.scheduled') observer.recalled.add(fact.data.attempt_id);
      else if (fact.type === 'step.awaiting_event') observer.recalled.add(`${state.runId} ${fact.step_id}`);
    }
    if (caused.length > 0)
      follow(
        input,
        caused.flatMap((fact) => commandsOf(folded.state, fact)),
      );
  }
  for (const timer of openTimers(folded.state)) folded.disarmed.delete(timer);
  return folded;
}
