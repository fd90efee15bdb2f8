import type { FactType } from '@flows/contracts';
import type { Evidence, FactRow } from '../evidence/evidence.js';
import { historiesOf } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I5: the end is the end, and runs and steps move along legal edges only. Read off the kinds of facts alone, by tables of its own:
 * it must not believe what the run machine believes.
 */
export function checkI5(evidence: Evidence): Violation[] {
  const findings = new Findings('I5');
  for (const { run, facts } of historiesOf(evidence).values()) {
    const walk = new Walk();
    for (const fact of facts) {
      const problem = walk.take(fact);
      if (problem !== null)
        findings.add(
          run.id,
          `fact ${fact.seq} (${fact.type}${fact.step_id === undefined ? '' : ` of ${fact.step_id}`}): ${problem}`,
        );
    }
  }
  return findings.violations;
}

type RunPhase = 'queued' | 'running' | 'paused' | 'paused before it began' | 'cancelling' | 'ended' | 'completed';
/** `none`: has not begun. */
type StepPhase = 'none' | 'at the executor' | 'between attempts' | 'waiting' | 'asking' | 'with children' | 'settled';

const FROM: Partial<Record<FactType, readonly StepPhase[]>> = {
  'step.scheduled': ['none', 'between attempts', 'asking'],
  'step.progressed': ['at the executor'],
  'step.waiting': ['none'],
  'step.awaiting_event': ['none'],
  'step.awaiting_approval': ['none', 'at the executor'],
  'step.approval_decided': ['asking'],
  'step.blocked': ['at the executor'],
  'step.iterating': ['none'],
  'step.spawned': ['none', 'with children'],
  'step.child_ended': ['with children'],
  'step.completed': ['none', 'at the executor', 'waiting', 'asking', 'with children'],
  'step.retrying': ['at the executor'],
  'step.failed': ['none', 'at the executor', 'waiting', 'asking', 'with children'],
  'step.skipped': ['none'],
};
const TO: Partial<Record<FactType, StepPhase>> = {
  'step.scheduled': 'at the executor',
  'step.waiting': 'waiting',
  'step.awaiting_event': 'waiting',
  'step.awaiting_approval': 'asking',
  'step.blocked': 'between attempts',
  'step.iterating': 'with children',
  'step.spawned': 'with children',
  'step.completed': 'settled',
  'step.retrying': 'between attempts',
  'step.failed': 'settled',
  'step.skipped': 'settled',
};

class Walk {
  private phase: RunPhase = 'queued';
  private readonly steps = new Map<string, StepPhase>();

  /** @returns what is wrong with the fact, or null. */
  take(fact: FactRow): string | null {
    return fact.step_id === undefined ? this.takeRunFact(fact) : this.takeStepFact(fact);
  }

  private takeStepFact(fact: FactRow & { step_id: string }): string | null {
    const before = this.steps.get(fact.step_id) ?? 'none';
    const after = TO[fact.type];
    if (after !== undefined) this.steps.set(fact.step_id, after);
    if (this.phase === 'ended' || this.phase === 'completed') return 'the run had ended';
    if (this.phase === 'queued' || this.phase === 'paused before it began') return 'the run had not begun';
    return FROM[fact.type]?.includes(before) === true ? null : `the step was ${before === 'none' ? 'not begun' : before}`;
  }

  private takeRunFact(fact: FactRow): string | null {
    const before = this.phase;
    const ended = before === 'ended' || before === 'completed';
    const wrong = (allowed: boolean) => (allowed ? null : `the run was ${before}`);
    switch (fact.type) {
      case 'run.started':
        this.phase = 'running';
        return wrong(before === 'queued');
      case 'run.paused':
        this.phase = before === 'queued' ? 'paused before it began' : 'paused';
        return wrong(before === 'queued' || before === 'running');
      case 'run.resumed':
        this.phase = before === 'paused before it began' ? 'queued' : 'running';
        return wrong(before === 'paused' || before === 'paused before it began');
      case 'run.input_held':
        return wrong(before === 'paused' || before === 'paused before it began');
      case 'run.event_kept':
        return wrong(!ended);
      case 'run.cancelling':
        this.settleOpen();
        this.phase = 'cancelling';
        return wrong(before === 'running' || before === 'paused');
      case 'run.retried':
        for (const stepId of fact.data.reset) this.steps.delete(stepId);
        this.phase = 'queued';
        return wrong(before === 'ended');
      case 'run.completed':
        this.phase = 'completed';
        return wrong(before === 'running') ?? this.nothingOpen();
      case 'run.failed':
      case 'run.timed_out':
      case 'run.cancelled':
        this.settleOpen();
        this.phase = 'ended';
        return wrong(!ended);
      default:
        return null;
    }
  }

  private settleOpen(): void {
    for (const stepId of this.steps.keys()) this.steps.set(stepId, 'settled');
  }

  private nothingOpen(): string | null {
    const open = [...this.steps].filter(([, phase]) => phase !== 'settled').map(([stepId]) => stepId);
    return open.length === 0 ? null : `the run completed with ${open.join(', ')} open`;
  }
}
