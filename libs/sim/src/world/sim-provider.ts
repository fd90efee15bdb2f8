import { canonicalJson, hash32, type FlowError, type JsonValue, type StepOutcome, type StepRunCommand } from '@flows/contracts';
import type { Scheduler, Steps } from '../kernel/scheduler.js';
import type { Disturbance } from './disturbance.js';

export interface Call {
  readonly command: StepRunCommand;
  readonly key: string;
  readonly body: string;
  readonly startedAt: number;
  /** When the ledger was asked. */
  readonly claimedAt: number;
}

/** Providers of all kinds as one: does what it is asked once per key, keeps what it answered, and writes every call down. */
export class SimProvider {
  readonly calls: Call[] = [];
  readonly applied = new Map<string, number>();
  private readonly answers = new Map<string, StepOutcome>();
  private readonly attempts = new Map<string, Set<number>>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly disturbance: Disturbance,
    /** When what it refuses for good is mended, so that a retry can succeed; never where the end must not depend on time. */
    private readonly mendsAt: number,
  ) {}

  *call(command: StepRunCommand, key: string, claimedAt: number): Steps<StepOutcome> {
    const { disturbance } = this;
    const body = canonicalJson(command.input);
    this.calls.push({ command, key, body, startedAt: this.scheduler.now, claimedAt });
    yield disturbance.latency();
    const [fails, lost, slow] = [disturbance.hits('callFails'), disturbance.hits('callReplyLost'), disturbance.hits('callSlow')];
    const [deferred, unauthorised] = [disturbance.hits('callDeferred'), disturbance.hits('callUnauthorised')];
    if (fails) return failed('unreachable', 'retryable');
    if (deferred) return { status: 'deferred', until: this.scheduler.now + 100 + disturbance.int(3_000), reason: 'rate_limit' };
    if (unauthorised && command.work.kind !== 'http' && command.work.kind !== 'code') return failed('unauthorised', 'auth');
    if (slow) {
      // It goes on working while nobody listens any more.
      this.scheduler.at(this.scheduler.now + command.timeout_ms + 10, () => void this.answer(command, key));
      yield command.timeout_ms;
      return failed('timeout', 'timeout');
    }
    const outcome = this.answer(command, key);
    yield disturbance.latency();
    return lost ? failed('reply_lost', 'retryable') : outcome;
  }

  private answer(command: StepRunCommand, key: string): StepOutcome {
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    const tries = this.attempts.get(key) ?? new Set<number>();
    this.attempts.set(key, tries.add(command.attempt));
    const verdict = verdictOf(key);
    if (verdict === 'refuses' && this.scheduler.now < this.mendsAt) return failed('refused', 'non_retryable');
    if (typeof verdict === 'number' && tries.size <= verdict) return failed('busy', 'retryable');
    this.applied.set(key, (this.applied.get(key) ?? 0) + 1);
    const outcome = answerOf(key);
    this.answers.set(key, outcome);
    return outcome;
  }
}

/** What the provider will do with a key: refuse for good, be busy so many times, or do it. */
export function verdictOf(key: string): 'refuses' | 'does' | number {
  const draw = hash32(key, 17) % 10;
  if (draw === 0) return 'refuses';
  return draw === 1 ? 1 + (hash32(key, 18) % 2) : 'does';
}

export function answerOf(key: string): Extract<StepOutcome, { status: 'completed' }> {
  const output: JsonValue = { answer: hash32(key, 19) };
  return { status: 'completed', output, cost: { amount: 1, currency: 'USD', tokens: 1 } };
}

function failed(code: string, errorClass: FlowError['class']): StepOutcome {
  return { status: 'failed', error: { code, message: code, class: errorClass, origin: 'provider' } };
}
