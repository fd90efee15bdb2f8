import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS } from './checks/all-checks.js';
import { timerLateness, type TimerLateness } from './checks/i13-timers.js';
import { collectEvidence } from './evidence/collect-evidence.js';
import type { Conditions, Evidence } from './evidence/evidence.js';
import { quiesce } from './evidence/quiesce.js';
import type { Violation } from './violation.js';
import type { Installation } from '../harness/installation.js';

const ORPHANED = readFileSync(new URL('../../apps/orchestrator/src/sweeps/sql/orphaned-runs.sql', import.meta.url), 'utf8');
const MOST_TOLD = 15;

export function judge(evidence: Evidence): Violation[] {
  return Object.values(CHECKS).flatMap((check) => check(evidence));
}

export interface Judged {
  runs: number;
  facts: number;
  timers: TimerLateness;
}

/**
 * Waits until the installation is at rest, and holds all that it left against the invariants: one line at the end of a test that did
 * anything to it.
 * @throws with the first violations, named.
 */
export async function expectInvariants(installation: Installation, conditions: Partial<Conditions> = {}): Promise<Judged> {
  await quiesce(installation);
  const evidence = await collectEvidence(installation, conditions);
  const violations = judge(evidence);
  if (violations.length > 0) throw new Error(`${describe(violations)}\nAll evidence: ${keep(evidence)}`);
  // What a production database is asked all the time must be silent here, too.
  const [gauge] = await installation.database.query<{ orphaned: number; oldest: string[] | null }>(ORPHANED, [
    evidence.conditions.graceMs,
  ]);
  if (gauge?.orphaned !== 0) throw new Error(`The gauge of orphaned runs says ${gauge?.orphaned}: ${gauge?.oldest?.join(', ')}`);
  return { runs: evidence.runs.length, facts: evidence.facts.length, timers: timerLateness(evidence) };
}

/** What a failure is looked into with: such an end may not come a second time. */
function keep(evidence: Evidence): string {
  const file = join(tmpdir(), `flows-evidence-${process.pid}-${Date.now()}.json`);
  writeFileSync(file, JSON.stringify(evidence));
  return file;
}

export function describe(violations: readonly Violation[]): string {
  const counts = Object.entries(Object.groupBy(violations, ({ invariant }) => invariant)).map(
    ([id, some]) => `${id}: ${some?.length}`,
  );
  const told = violations.slice(0, MOST_TOLD).map(({ invariant, subject, what }) => `${invariant} ${subject}: ${what}`);
  return [`Invariants are broken (${counts.join(', ')})`, ...told].join('\n');
}
