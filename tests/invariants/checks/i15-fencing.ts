import type { Evidence, FactRow } from '../evidence/evidence.js';
import { historiesOf, type RunHistory } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I15: of a step one attempt is open at a time, attempts count up by one for ever, and what an executor reported counts only for the
 * attempt that was open. The ledger never holds an effect for an attempt that was not scheduled.
 */
export function checkI15(evidence: Evidence): Violation[] {
  const findings = new Findings('I15');
  const scheduled = new Map<string, number>();
  for (const history of historiesOf(evidence).values()) checkHistory(findings, history, scheduled);
  for (const { idempotency_key, attempt_id, attempt } of evidence.effects) {
    if (scheduled.get(attempt_id) !== attempt)
      findings.add(idempotency_key, `the ledger has it for attempt ${attempt} (${attempt_id}), which was never scheduled`);
  }
  return findings.violations;
}

interface Attempts {
  last: number;
  open: number | null;
  openId: string | null;
}

function checkHistory(findings: Findings, { run, facts }: RunHistory, scheduled: Map<string, number>): void {
  const steps = new Map<string, Attempts>();
  for (const fact of facts) {
    if (fact.type === 'run.cancelling' || endsRun(fact)) for (const step of steps.values()) step.open = null;
    if (fact.step_id === undefined) continue;
    const step = steps.get(fact.step_id) ?? { last: 0, open: null, openId: null };
    steps.set(fact.step_id, step);
    const wrong = (what: string) => findings.add(run.id, `fact ${fact.seq} (${fact.type} of ${fact.step_id}): ${what}`);
    if (fact.type === 'step.scheduled') {
      const { attempt, attempt_id } = fact.data;
      scheduled.set(attempt_id, attempt);
      if (step.open !== null) wrong(`attempt ${attempt} begins while attempt ${step.open} is open`);
      if (attempt !== step.last + 1) wrong(`attempt ${attempt} follows attempt ${step.last}`);
      Object.assign(step, { last: attempt, open: attempt, openId: attempt_id });
    } else if (isReport(fact)) {
      const { attempt } = fact.data as { attempt?: number };
      if (step.open === null) wrong(`a report (${fact.caused_by}) counted although no attempt was open`);
      else if (attempt !== step.open || fact.caused_by !== `rep:${step.openId}`)
        wrong(`the report ${fact.caused_by} of attempt ${attempt} counted while attempt ${step.open} was open`);
      step.open = null;
    } else if (fact.type === 'step.progressed' && fact.data.attempt !== step.open)
      wrong(`progress of attempt ${fact.data.attempt} while ${step.open} is open`);
    else if (fact.type === 'step.failed' && step.open !== null) step.open = null;
  }
}

const endsRun = ({ type }: FactRow): boolean =>
  type === 'run.completed' || type === 'run.failed' || type === 'run.timed_out' || type === 'run.cancelled';

/** The fact with which an executor's report settled its attempt; steps after it may begin by the same input. */
function isReport({ type, caused_by, step_id, data }: FactRow): boolean {
  if (!caused_by.startsWith('rep:') || step_id === undefined) return false;
  const { executor } = data as { executor?: string };
  return (
    executor !== undefined &&
    (type === 'step.completed' ||
      type === 'step.retrying' ||
      type === 'step.failed' ||
      type === 'step.blocked' ||
      type === 'step.awaiting_approval')
  );
}
