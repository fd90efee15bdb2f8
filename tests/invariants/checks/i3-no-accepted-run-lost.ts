import type { Evidence } from '../evidence/evidence.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I3: what was accepted is there. A run whose acceptance a client has heard of exists for ever; an idempotency key stands for one run;
 * what a client heard nothing of may exist or not.
 */
export function checkI3({ client, runs, facts }: Evidence): Violation[] {
  const findings = new Findings('I3');
  const ids = new Set(runs.map(({ id }) => id));
  const byKey = new Map<string, string>();
  for (const { op, outcome, id, idempotencyKey } of client) {
    if (op !== 'start' || outcome !== 'ok' || id === null) continue;
    if (!ids.has(id)) findings.add(id, 'the run was accepted, and is not there');
    if (idempotencyKey === undefined) continue;
    const first = byKey.get(idempotencyKey) ?? id;
    byKey.set(idempotencyKey, first);
    if (first !== id) findings.add(idempotencyKey, `one idempotency key was answered with the runs ${first} and ${id}`);
  }
  const orphans = new Set(facts.flatMap(({ run_id }) => (ids.has(run_id) ? [] : [run_id])));
  for (const id of orphans) findings.add(id, 'there are facts of a run that nobody accepted');
  return findings.violations;
}
