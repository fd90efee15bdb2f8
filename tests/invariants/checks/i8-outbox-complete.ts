import { canonicalJson, toTypeId } from '@flows/contracts';
import type { Evidence, FactRow, TopicRecord } from '../evidence/evidence.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I8: what is committed is told, and what is told is committed, in that order. Each fact is on run-events at least once with the same
 * content, each scheduled attempt on its pool's commands; nothing is there that has no fact; and no record is older than the commit of
 * its fact (where the server keeps times of commits).
 */
export function checkI8(evidence: Evidence): Violation[] {
  const findings = new Findings('I8');
  const facts = new Map(evidence.facts.map((fact) => [`${fact.run_id}:${fact.seq}`, fact]));
  const attempts = new Map(
    evidence.facts.flatMap((fact) => (fact.type === 'step.scheduled' ? [[fact.data.attempt_id, fact]] : [])),
  );
  const events = recordsById(evidence, [evidence.topicNames.runEvents]);
  const commands = recordsById(evidence, [
    evidence.topicNames.stepCommands('agent'),
    evidence.topicNames.stepCommands('connector'),
  ]);
  for (const [id, records] of events) {
    const fact = facts.get(id);
    if (fact === undefined) findings.add(id, 'a run event without a fact');
    else for (const record of records) checkEvent(findings, id, record, fact);
  }
  for (const [id, records] of commands) {
    const fact = attempts.get(id);
    if (fact === undefined) findings.add(id, 'a command without a fact');
    else for (const record of records) checkOrder(findings, `command ${id}`, record, fact);
  }
  if (!evidence.conditions.quiet) return findings.violations;
  const known = ({ at }: FactRow) => at > (evidence.conditions.kafkaLostAt ?? -Infinity);
  for (const [id, fact] of facts)
    if (known(fact) && !events.has(id)) findings.add(id, `the fact ${fact.type} was never published`);
  for (const [id, fact] of attempts) if (known(fact) && !commands.has(id)) findings.add(id, 'the attempt was never commanded');
  return findings.violations;
}

function recordsById({ records }: Evidence, topics: readonly string[]): Map<string, TopicRecord[]> {
  return Map.groupBy(
    records.filter(({ topic }) => topics.includes(topic)),
    ({ headers }) => headers['ce_id'] ?? '(none)',
  );
}

function checkEvent(findings: Findings, id: string, record: TopicRecord, fact: FactRow): void {
  const { run_id, seq, type, at, step_id, data } = fact;
  const expected = { seq, type, at: new Date(at).toISOString(), run_id: toTypeId('run', run_id), step_id, data };
  if (canonicalJson(JSON.parse(record.value ?? 'null')) !== canonicalJson(expected))
    findings.add(id, `the run event says something else than the fact ${type}`);
  checkOrder(findings, `run event ${id}`, record, fact);
}

function checkOrder(findings: Findings, what: string, { timestamp }: TopicRecord, { committed_at }: FactRow): void {
  if (committed_at !== null && timestamp < Math.floor(committed_at))
    findings.add(what, `published ${(committed_at - timestamp).toFixed(1)} ms before its fact was committed`);
}
