import { canonicalJson, decodeRunInput, type RunFact, type RunInput } from '@flows/contracts';
import { decide } from '@flows/run-machine';
import type { Evidence, FactRow } from '../evidence/evidence.js';
import { historiesOf, type RunHistory } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I9: each input takes effect once, however often it is delivered.
 *
 * Facts of one input stand together in the history (one decision made them). And the whole is recomputed: the inputs on the topic, each
 * record taken once in the order of its offset, must give the very facts that are stored; so an input that was lost, or folded a second
 * time after a crash, shows as a difference.
 */
export function checkI9(evidence: Evidence): Violation[] {
  const findings = new Findings('I9');
  const inputs = evidence.conditions.inputsReordered ? null : inputsByRun(evidence);
  if (inputs !== null) checkPlaces(findings, evidence);
  for (const history of historiesOf(evidence).values()) {
    checkTogether(findings, history);
    const taken = inputs?.get(history.run.id);
    const whole = history.run.created_at > (evidence.conditions.kafkaLostAt ?? -Infinity);
    if (taken !== undefined && whole && evidence.conditions.quiet) checkReplay(findings, history, taken);
  }
  return findings.violations;
}

function checkTogether(findings: Findings, { run, facts }: RunHistory): void {
  const finished = new Set<string>();
  let current: string | null = null;
  for (const fact of facts) {
    // A run that was retried is requested anew, by the request that it had.
    if (fact.type === 'run.retried') finished.clear();
    if (fact.caused_by === current) continue;
    if (current !== null) finished.add(current);
    current = fact.caused_by;
    if (finished.has(current))
      findings.add(run.id, `the input ${current} took effect again with fact ${fact.seq} (${fact.type})`);
  }
}

function inputsByRun({ records, topicNames }: Evidence): Map<string, RunInput[]> {
  const inputs = new Map<string, RunInput[]>();
  for (const { topic, value } of records) {
    if (topic !== topicNames.runInputs || value === null) continue;
    const decoded = decodeRunInput(parse(value));
    if (!decoded.ok) continue;
    const input = decoded.value;
    const known = inputs.get(input.run_id) ?? [];
    if (known.length === 0) inputs.set(input.run_id, known);
    known.push(input);
  }
  return inputs;
}

/** All that reaches a run lies in one partition: else nobody could say in which order it came. */
function checkPlaces(findings: Findings, { records, topicNames }: Evidence): void {
  const places = new Map<string, number>();
  for (const { topic, key, partition, headers } of records) {
    if (topic !== topicNames.runInputs || key === null) continue;
    const place = places.get(key) ?? partition;
    places.set(key, place);
    if (place !== partition)
      findings.add(key, `the input ${headers['ce_id']} lies in partition ${partition}, others in ${place}`);
  }
}

function checkReplay(findings: Findings, { run, facts, plan, initial }: RunHistory, inputs: readonly RunInput[]): void {
  if (plan === null) return;
  let state = initial;
  const replayed: (RunFact & { caused_by: string })[] = [];
  for (const input of inputs) {
    const decision = decide(plan, state, input);
    if (decision.kind !== 'decided') continue;
    state = decision.state;
    replayed.push(...decision.facts.map((fact) => ({ ...fact, caused_by: input.id })));
  }
  for (let index = 0; index < Math.max(facts.length, replayed.length); index += 1) {
    const [stored, expected] = [describe(facts[index]), describe(replayed[index])];
    if (stored === expected) continue;
    return findings.add(run.id, `fact ${index + 1} is ${stored}; its inputs, each taken once, give ${expected}`);
  }
}

function describe(fact: (RunFact & { caused_by: string }) | FactRow | undefined): string {
  if (fact === undefined) return 'missing';
  const { type, step_id, at, data, caused_by } = fact;
  return `${type}${step_id === undefined ? '' : ` of ${step_id}`} at ${at} by ${caused_by} ${canonicalJson(data)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
