import { fromTypeId } from '@flows/contracts';
import { fold, isAtExecutor, isTerminal, type RunState } from '@flows/run-machine';
import type { Evidence, RunRow } from '../evidence/evidence.js';
import { historiesOf } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I4: a run that has not ended waits for something that exists: a timer's row, a subscription, an open approval, a child run, an attempt
 * that is not overdue, a person who paused it or has to re-authorise a connection, or the admitter. orphaned-runs.sql asks a production
 * database the same, without the histories.
 */
export function checkI4(evidence: Evidence): Violation[] {
  const findings = new Findings('I4');
  if (!evidence.conditions.quiet) return findings.violations;
  const there = {
    timers: new Set(evidence.timers.map(({ run_id, timer_id }) => `${run_id} ${timer_id}`)),
    subscriptions: new Set(evidence.subscriptions.map(({ run_id, step_id }) => `${run_id} ${step_id}`)),
    approvals: new Set(evidence.approvals.flatMap(({ id, status }) => (status === 'open' ? [id] : []))),
    runs: new Map(evidence.runs.map((run) => [run.id, run])),
  };
  const overdueBefore = evidence.takenAt - evidence.conditions.graceMs;
  for (const { run, facts, initial } of historiesOf(evidence).values()) {
    if (isTerminal(run.status) || run.status === 'paused') continue;
    if (run.status === 'queued') {
      if (run.admitted_at !== null && run.wake_at < overdueBefore)
        findings.add(run.id, `queued, admitted, and not looked after since ${new Date(run.wake_at).toISOString()}`);
      continue;
    }
    for (const what of lacking(fold(initial, facts), run, there, overdueBefore)) findings.add(run.id, what);
  }
  return findings.violations;
}

interface There {
  timers: ReadonlySet<string>;
  subscriptions: ReadonlySet<string>;
  approvals: ReadonlySet<string>;
  runs: ReadonlyMap<string, RunRow>;
}

function lacking(state: RunState, run: RunRow, there: There, overdueBefore: number): string[] {
  const lacks: string[] = [];
  let open = 0;
  for (const [stepId, step] of state.steps) {
    if (step.timer !== null) {
      open += 1;
      if (!there.timers.has(`${run.id} ${step.timer.id}`))
        lacks.push(`step ${stepId} waits for the timer ${step.timer.id}, which has no row`);
      if (step.timer.dueAt < overdueBefore) lacks.push(`step ${stepId} waits for the timer ${step.timer.id}, which is overdue`);
    }
    if (step.wait?.for === 'event') {
      open += 1;
      if (!there.subscriptions.has(`${run.id} ${stepId}`))
        lacks.push(`step ${stepId} waits for an event, and has no subscription`);
    }
    if (step.wait?.for === 'approval') {
      open += 1;
      const { approval_id } = step.wait.asked;
      if (!there.approvals.has(approval_id))
        lacks.push(`step ${stepId} waits for the approval ${approval_id}, which is not open`);
    }
    if (step.wait?.for === 'reauth') open += 1;
    if (isAtExecutor(step) && step.scheduled !== null) {
      open += 1;
      const { at, timeout_ms, attempt } = step.scheduled;
      if (at + timeout_ms < overdueBefore)
        lacks.push(
          `attempt ${attempt} of step ${stepId} should have been reported by ${new Date(at + timeout_ms).toISOString()}`,
        );
    }
    if (step.children !== null && step.children.open.size > 0) {
      open += 1;
      for (const typeId of step.children.open.keys()) {
        const childId = fromTypeId('run', typeId) ?? typeId;
        const child = there.runs.get(childId);
        if (child === undefined) lacks.push(`step ${stepId} waits for the child run ${childId}, which is not there`);
        else if (child.ended_at !== null && child.ended_at < overdueBefore)
          lacks.push(`step ${stepId} waits for the child run ${childId}, which ended as ${child.status} long ago`);
      }
    }
  }
  if (open === 0) lacks.push(`${run.status}, and nothing in it is open`);
  return lacks;
}
