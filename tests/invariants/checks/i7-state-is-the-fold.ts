import { canonicalJson } from '@flows/contracts';
import { fold, isTerminal, settledSteps, waitingFor, type RunState } from '@flows/run-machine';
import type { Evidence, RunRow } from '../evidence/evidence.js';
import { historiesOf } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/** I7: a run's row says what the fold of its facts says, in every column that lists and clients read. Of every run. */
export function checkI7(evidence: Evidence): Violation[] {
  const findings = new Findings('I7');
  for (const { run, facts, initial, plan } of historiesOf(evidence).values()) {
    if (plan === null)
      findings.add(run.id, `version ${run.version} of workflow ${run.workflow_id} is not there or does not compile`);
    const folded = columnsOf(fold(initial, facts));
    for (const [column, value] of Object.entries(folded)) {
      // What a queued run waits for, and whether it is admitted, is the admitter's to say.
      if (column === 'waiting_for' && run.status === 'queued') continue;
      const stored = canonicalJson(run[column as keyof RunRow] ?? null);
      if (stored !== canonicalJson(value))
        findings.add(run.id, `${column} is ${stored}, the fold of its facts says ${canonicalJson(value)}`);
    }
  }
  return findings.violations;
}

function columnsOf(state: RunState): Partial<RunRow> {
  return {
    status: state.status,
    waiting_for: waitingFor(state),
    seq: state.seq,
    output: isTerminal(state.status) ? state.output : null,
    error: state.error as RunRow['error'],
    via_fallback: state.viaFallback,
    cost: state.cost as unknown as RunRow['cost'],
    steps_done: settledSteps(state),
    started_at: state.startedAt,
    ended_at: state.endedAt,
    cancel_requested_at: state.stoppedAt,
    ...(state.expiresAt === null ? {} : { expires_at: state.expiresAt }),
  };
}
