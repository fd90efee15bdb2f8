import type { Evidence } from '../evidence/evidence.js';
import { historiesOf } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/** I6: a history is numbered 1 to n without gaps, its run's row says n, and its times never go back. */
export function checkI6(evidence: Evidence): Violation[] {
  const findings = new Findings('I6');
  for (const { run, facts } of historiesOf(evidence).values()) {
    if (run.seq !== facts.length) findings.add(run.id, `the row says seq ${run.seq}, and there are ${facts.length} facts`);
    for (const [index, { seq, at }] of facts.entries()) {
      if (seq !== index + 1) findings.add(run.id, `fact ${index + 1} has the number ${seq}`);
      const before = facts[index - 1];
      if (before !== undefined && at < before.at)
        findings.add(run.id, `fact ${seq} is ${before.at - at} ms older than the one before it`);
    }
  }
  return findings.violations;
}
