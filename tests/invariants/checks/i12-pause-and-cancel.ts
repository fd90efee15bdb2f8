import type { FactType } from '@flows/contracts';
import type { ClientOperation, Evidence } from '../evidence/evidence.js';
import { historiesOf, type RunHistory } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/** Facts with which something begins. An agent's answer that is held for approval is the end of an attempt, and begins nothing. */
const BEGINNINGS: readonly FactType[] = [
  'run.started',
  'step.scheduled',
  'step.waiting',
  'step.awaiting_event',
  'step.iterating',
  'step.spawned',
];
const ENDS: readonly FactType[] = ['run.completed', 'run.failed', 'run.timed_out', 'run.cancelled'];

/**
 * I12: while a run is paused nothing begins; once it is cancelled nothing begins but its cleanup, and executors stop; it ends once,
 * unless it is retried in between; and a cancel or pause that was acknowledged has happened, unless the run had ended before.
 */
export function checkI12(evidence: Evidence): Violation[] {
  const findings = new Findings('I12');
  for (const history of historiesOf(evidence).values()) checkHistory(findings, history);
  checkLateStarts(findings, evidence);
  if (evidence.conditions.quiet) for (const operation of evidence.client) checkAcknowledged(findings, evidence, operation);
  return findings.violations;
}

function checkHistory(findings: Findings, { run, facts, plan }: RunHistory): void {
  let paused = false;
  let cancelling = false;
  let ended: FactType | null = null;
  for (const { type, seq, step_id } of facts) {
    const what = `fact ${seq} (${type}${step_id === undefined ? '' : ` of ${step_id}`})`;
    if (ended !== null && type !== 'run.retried') findings.add(run.id, `${what} follows the end of the run (${ended})`);
    if (paused && BEGINNINGS.includes(type)) findings.add(run.id, `${what} while the run was paused`);
    if (cancelling && BEGINNINGS.includes(type) && step_id !== undefined && plan?.cleanup.has(step_id) !== true)
      findings.add(run.id, `${what} begins although the run is being cancelled`);
    if (type === 'run.paused') paused = true;
    else if (type === 'run.cancelling') {
      cancelling = true;
      paused = false;
    } else if (type === 'run.resumed') paused = false;
    else if (type === 'run.retried') {
      ended = null;
      cancelling = false;
    } else if (ENDS.includes(type)) {
      ended = type;
      paused = false;
    }
  }
}

/** Attempts that an executor began although the run had been cancelled well before. Their reports tell, though nobody heeds them. */
function checkLateStarts(findings: Findings, { records, topicNames, facts, conditions }: Evidence): void {
  const cancelled = new Map<string, number>();
  for (const { run_id, type, at } of facts) {
    if (type === 'run.cancelled') cancelled.set(run_id, at);
    if (type === 'run.retried') cancelled.delete(run_id);
  }
  for (const { topic, key, value } of records) {
    const at = cancelled.get(key ?? '');
    if (topic !== topicNames.runInputs || at === undefined || value?.includes('"step.reported"') !== true) continue;
    const { type, step_id, attempt, started_at } = JSON.parse(value) as {
      type: string;
      step_id: string;
      attempt: number;
      started_at: number;
    };
    if (type === 'step.reported' && started_at > at + conditions.cancelSlackMs)
      findings.add(
        key as string,
        `attempt ${attempt} of step ${step_id} began ${started_at - at} ms after the run was cancelled`,
      );
  }
}

/** A resume is missing: it is acknowledged also where nothing was paused. */
const WANTED: Partial<Record<ClientOperation['op'], FactType[]>> = {
  pause: ['run.paused'],
  cancel: ['run.cancelled', 'run.cancelling'],
  terminate: ['run.cancelled'],
  retry: ['run.retried'],
};

/** A control that was acknowledged is in the history, or the run's own end was quicker. */
function checkAcknowledged(findings: Findings, { facts }: Evidence, { op, id, outcome, endedAt }: ClientOperation): void {
  const wanted = WANTED[op];
  if (wanted === undefined || outcome !== 'ok' || id === null) return;
  const own = facts.filter(({ run_id }) => run_id === id);
  if (own.some(({ type }) => wanted.includes(type))) return;
  // A cancel that was asked for before is first, and its cleanup is not paused.
  const first = [...ENDS, ...(op === 'pause' ? (['run.cancelling'] as const) : [])];
  const end = own.find(({ type }) => first.includes(type));
  if (end === undefined || end.at > endedAt)
    findings.add(
      id,
      `${op} was acknowledged at ${new Date(endedAt).toISOString()}, and the run went on${end === undefined ? '' : ` until its ${end.type}`}`,
    );
}
