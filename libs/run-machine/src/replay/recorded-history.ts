import { canonicalJson, type FlowDefinition, type RunFact, type RunInput } from '@flows/contracts';
import { compileFlow } from '@flows/flow-graph';
import { decide } from '../decide/decide.js';
import { planOfRun } from '../decide/plan-of-run.js';
import { initialState, type RunIdentity } from '../state/run-state.js';

/** One run as it really went: what reached it, in order (redeliveries too), and the facts that were stored. */
export interface RecordedHistory {
  name: string;
  definition: FlowDefinition;
  /** Of an item's run: the foreach steps whose sub-graph it ran. */
  body: string[] | null;
  identity: RunIdentity;
  inputs: RunInput[];
  facts: RunFact[];
}

/**
 * Decides the inputs of a recorded run again, and says where what is decided now differs from what was stored then. A difference means
 * that a run in flight would be folded into another state by this build than by the one that began it.
 *
 * @returns null when every fact comes out as it was.
 */
export function differenceInReplay(history: RecordedHistory): string | null {
  const compiled = compileFlow(history.definition);
  if (!compiled.ok) return `The definition does not compile any more: ${canonicalJson(compiled.problems)}`;
  const plan = planOfRun(compiled.plan, history.body);
  if (plan === null) return `The definition has no sub-graph ${history.body?.join('/') ?? ''}`;
  let state = initialState(history.identity);
  const facts: RunFact[] = [];
  for (const input of history.inputs) {
    const decision = decide(plan, state, input);
    if (decision.kind !== 'decided') continue;
    state = decision.state;
    facts.push(...decision.facts);
  }
  for (let index = 0; index < Math.max(facts.length, history.facts.length); index += 1) {
    const [now, then] = [textOf(facts[index]), textOf(history.facts[index])];
    if (now !== then) return `Fact ${index + 1} was ${then}, and is now ${now}`;
  }
  return null;
}

function textOf(fact: RunFact | undefined): string {
  if (fact === undefined) return 'not there';
  const { seq, type, at, step_id: stepId, data } = fact;
  return canonicalJson({ seq, type, at, step_id: stepId ?? null, data });
}
