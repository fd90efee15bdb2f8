import type { Evidence } from '../evidence/evidence.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I10: the run events of a run lie in one partition, and who drops those that he has seen gets them in the order of their numbers,
 * without a gap where the topic is whole.
 */
export function checkI10({ records, topicNames, conditions }: Evidence): Violation[] {
  const findings = new Findings('I10');
  const runs = new Map<string, { partition: number; seen: Set<number>; last: number }>();
  for (const { topic, partition, key, headers } of records) {
    if (topic !== topicNames.runEvents) continue;
    const runId = headers['ce_id']?.split(':')[0] ?? '(none)';
    const seq = Number(headers['ce_sequence']);
    const run = runs.get(runId) ?? { partition, seen: new Set(), last: 0 };
    runs.set(runId, run);
    if (key !== runId) findings.add(runId, `a run event has the key ${key}`);
    if (partition !== run.partition) findings.add(runId, `run events lie in partition ${run.partition} and in ${partition}`);
    if (run.seen.has(seq)) continue;
    run.seen.add(seq);
    if (!(seq > run.last)) findings.add(runId, `run event ${seq} came first after ${run.last}`);
    else if (seq !== run.last + 1 && conditions.kafkaLostAt === null && !conditions.inputsReordered)
      findings.add(runId, `run event ${seq} came after ${run.last}, those between did not`);
    run.last = seq;
  }
  return findings.violations;
}
