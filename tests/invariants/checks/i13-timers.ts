import { fold, isTerminal } from '@flows/run-machine';
import type { Evidence, FactRow } from '../evidence/evidence.js';
import { historiesOf } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I13: a timer takes effect once, never before it is due, and does not stay away; where it is not armed any more, it has no row. Times
 * are the database's on both sides. How late timers were is measured (`timerLateness`), and bounded by whoever knows the load.
 */
export function checkI13(evidence: Evidence): Violation[] {
  const findings = new Findings('I13');
  for (const { run_id, timer_id, lateMs, times } of firingsOf(evidence)) {
    if (lateMs < 0) findings.add(run_id, `the timer ${timer_id} took effect ${-lateMs} ms before it was due`);
    if (times > 1) findings.add(run_id, `the timer ${timer_id} took effect ${times} times`);
  }
  checkEarlyInputs(findings, evidence);
  if (evidence.conditions.quiet) checkRows(findings, evidence);
  return findings.violations;
}

export interface TimerLateness {
  count: number;
  p50: number;
  p99: number;
  max: number;
  /** Timers by the power of two of milliseconds that they were late: `{ '<64': 10 }`. */
  histogram: Record<string, number>;
}

/** How late timers took effect, in milliseconds after they were due. Those that a pause held back are left out. */
export function timerLateness(evidence: Evidence): TimerLateness {
  const late = firingsOf(evidence)
    .filter(({ held }) => !held)
    .map(({ lateMs }) => Math.max(0, lateMs))
    .sort((a, b) => a - b);
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? 0;
  const histogram: Record<string, number> = {};
  for (const ms of late) {
    const bound = `<${2 ** Math.ceil(Math.log2(ms + 1))}`;
    histogram[bound] = (histogram[bound] ?? 0) + 1;
  }
  return { count: late.length, p50: at(0.5), p99: at(0.99), max: late.at(-1) ?? 0, histogram };
}

interface Firing {
  run_id: string;
  timer_id: string;
  lateMs: number;
  times: number;
  held: boolean;
}

interface Armed {
  due: number;
  fired: number;
}

/** Timers that moved their run: a decision of the firing itself, or of the resumption that applied a held one. */
function firingsOf(evidence: Evidence): Firing[] {
  const firings: Firing[] = [];
  for (const { run, facts } of historiesOf(evidence).values()) {
    const armed = new Map<string, Armed>();
    let cause: string | null = null;
    for (const fact of facts) {
      const timer = timerOf(fact);
      if (timer !== null) armed.set(timer.id, { due: timer.due, fired: 0 });
      if (fact.caused_by === cause) continue;
      cause = fact.caused_by;
      const id = cause.startsWith(`tmr:${run.id}:`) ? cause.slice(`tmr:${run.id}:`.length) : null;
      const known = id === null ? undefined : armed.get(id);
      if (known === undefined || id === null) continue;
      known.fired += 1;
      firings.push({
        run_id: run.id,
        timer_id: id,
        lateMs: fact.at - known.due,
        times: known.fired,
        held: fact.type === 'run.input_held',
      });
    }
  }
  return firings;
}

function timerOf({ data }: FactRow): { id: string; due: number } | null {
  const { timer_id, due_at } = data as { timer_id?: string; due_at?: string };
  return timer_id === undefined || due_at === undefined ? null : { id: timer_id, due: Date.parse(due_at) };
}

/** Also of firings that came to nothing: the poller is early, whatever the run makes of it. */
function checkEarlyInputs(findings: Findings, { records, topicNames, facts }: Evidence): void {
  const dues = new Map<string, number>();
  for (const fact of facts) {
    const timer = timerOf(fact);
    if (timer !== null) dues.set(`tmr:${fact.run_id}:${timer.id}`, timer.due);
  }
  for (const { topic, headers, value } of records) {
    const due = topic === topicNames.runInputs ? dues.get(headers['ce_id'] ?? '') : undefined;
    if (due === undefined || value === null) continue;
    const { at } = JSON.parse(value) as { at: number };
    if (at < due) findings.add(headers['ce_id'] as string, `fired ${due - at} ms before it was due`);
  }
}

function checkRows(findings: Findings, evidence: Evidence): void {
  const open = new Map<string, number>();
  const paused = new Set<string>();
  for (const { run, facts, initial } of historiesOf(evidence).values()) {
    if (isTerminal(run.status)) continue;
    if (run.status === 'paused') paused.add(run.id);
    for (const { timer } of fold(initial, facts).steps.values())
      if (timer !== null) open.set(`${run.id} ${timer.id}`, timer.dueAt);
  }
  const overdueBefore = evidence.takenAt - evidence.conditions.graceMs;
  for (const { run_id, timer_id, due_at } of evidence.timers) {
    const due = open.get(`${run_id} ${timer_id}`);
    if (due === undefined) findings.add(run_id, `the timer ${timer_id} has a row, and nothing waits for it`);
    else if (due !== due_at) findings.add(run_id, `the row of the timer ${timer_id} is due at ${due_at}, its fact says ${due}`);
    // A paused run holds the firing, and the row stays until it goes on.
    if (due_at < overdueBefore && !paused.has(run_id))
      findings.add(run_id, `the timer ${timer_id} should have fired ${Math.round(evidence.takenAt - due_at)} ms ago`);
  }
}
