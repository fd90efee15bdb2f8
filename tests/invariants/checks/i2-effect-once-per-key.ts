import { canonicalJson } from '@flows/contracts';
import type { Evidence, FactRow } from '../evidence/evidence.js';
import { historiesOf } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/** How long an executor keeps a claim without renewing it: a call may still be under way for so long. */
const LEASE_MS = 15_000;

/**
 * I2: an effect is applied once. Every attempt of a step goes out under one idempotency key with one body, for as long as its input is
 * the same; a provider applies a key once, and where nothing failed it is not even asked twice.
 */
export function checkI2(evidence: Evidence): Violation[] {
  const findings = new Findings('I2');
  const scheduled = evidence.facts.filter((fact): fact is Scheduled => fact.type === 'step.scheduled');
  checkKeys(findings, scheduled);
  checkCommands(findings, evidence, scheduled);
  checkCalls(findings, evidence, scheduled);
  checkLedger(findings, evidence);
  return findings.violations;
}

type Scheduled = Extract<FactRow, { type: 'step.scheduled' }>;

/** One key per input of a step, one input per key. */
function checkKeys(findings: Findings, scheduled: readonly Scheduled[]): void {
  const keys = new Map<string, string>();
  const requests = new Map<string, string>();
  for (const { run_id, step_id, data } of scheduled) {
    const request = canonicalJson({ work: data.work, input: data.input });
    const place = `${run_id} ${step_id} ${request}`;
    const key = keys.get(place) ?? data.idempotency_key;
    keys.set(place, key);
    if (key !== data.idempotency_key)
      findings.add(`${run_id} ${step_id}`, `the same input went out under ${key} and ${data.idempotency_key}`);
    const owner = `${run_id} ${step_id}`;
    const known = requests.get(data.idempotency_key) ?? `${owner} ${request}`;
    requests.set(data.idempotency_key, known);
    if (known !== `${owner} ${request}`) findings.add(data.idempotency_key, 'one key goes with two requests');
  }
}

/** What executors were told is what the facts say, each time it was told. */
function checkCommands(findings: Findings, { records, topicNames }: Evidence, scheduled: readonly Scheduled[]): void {
  const facts = new Map(scheduled.map((fact) => [fact.data.attempt_id, fact]));
  const topics = new Set([topicNames.stepCommands('agent'), topicNames.stepCommands('connector')]);
  for (const { topic, value } of records) {
    if (!topics.has(topic) || value === null) continue;
    const command = JSON.parse(value) as { id: string; idempotency_key: string; input: unknown };
    const fact = facts.get(command.id);
    if (fact === undefined) continue; // I8 asks where it comes from.
    if (command.idempotency_key !== fact.data.idempotency_key)
      findings.add(command.id, `commanded under ${command.idempotency_key}, scheduled under ${fact.data.idempotency_key}`);
    if (canonicalJson(command.input) !== canonicalJson(fact.data.input))
      findings.add(command.id, 'commanded with another input than scheduled');
  }
}

function checkCalls(findings: Findings, evidence: Evidence, scheduled: readonly Scheduled[]): void {
  const attempts = new Map<string, number>();
  for (const { data } of scheduled) attempts.set(data.idempotency_key, (attempts.get(data.idempotency_key) ?? 0) + 1);
  const done = new Map(
    evidence.effects.filter(({ state }) => state === 'done').map((effect) => [effect.idempotency_key, effect]),
  );
  for (const { key, count, applied, bodies, last_at } of evidence.calls) {
    const allowed = attempts.get(key);
    if (allowed === undefined) findings.add(key, 'a provider was called under a key that no step was scheduled with');
    if (bodies.length > 1) findings.add(key, `${bodies.length} different bodies went out under it`);
    if (applied > 1) findings.add(key, `the provider applied it ${applied} times`);
    if (!evidence.conditions.faults && allowed !== undefined && count > allowed)
      findings.add(key, `the provider was called ${count} times for ${allowed} attempts, although nothing failed`);
    const settled = done.get(key);
    if (settled !== undefined && last_at > settled.updated_at + LEASE_MS)
      findings.add(key, `a call began ${last_at - settled.updated_at} ms after its effect was known to be done`);
  }
}

/** An effect that a run's history calls done is done in the ledger too. */
function checkLedger(findings: Findings, evidence: Evidence): void {
  const effects = new Map(evidence.effects.map((effect) => [effect.idempotency_key, effect]));
  for (const { run, facts } of historiesOf(evidence).values()) {
    for (const fact of facts) {
      if (fact.type !== 'step.completed') continue;
      for (const effect of fact.data.effects ?? []) {
        const key = effect['idempotency_key'];
        if (typeof key !== 'string' || effect['state'] !== 'done') continue;
        const state = effects.get(key)?.state;
        if (state !== 'done')
          findings.add(run.id, `step ${fact.step_id} says that the effect ${key} is done, the ledger says ${state ?? 'nothing'}`);
      }
    }
  }
}
