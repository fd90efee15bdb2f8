import { Inject, Injectable } from '@nestjs/common';
import { ActionError } from '@flows/connectors';
import { failpoint, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { setTimeout as pause } from 'node:timers/promises';
import type { DeliveredCommand } from '../commands/delivered-command.js';
import { WorkRouter } from '../handlers/work.router.js';
import { EffectGate } from '../ledger/effect.gate.js';
import { ReportPublisher } from '../reports/report.publisher.js';
import { inDoubt, toFailure } from './attempt-errors.js';
import { attemptDuration, attemptsEnded, attemptsInFlight } from './attempt.metrics.js';
import { failedWith, type AttemptResult } from './attempt-result.js';
import { AttemptRunner } from './attempt.runner.js';
import { Attempt, LetGo } from './attempt.js';
import { inAttemptSpan } from './traced-attempt.js';
import type { PreparedWork } from './work.js';

/** A command that is being worked on, with all of its deliveries. */
interface InFlight {
  readonly delivered: DeliveredCommand;
  readonly finishes: (() => void)[];
  /** The present try; a new one after a failure of the infrastructure. */
  attempt: Attempt;
  traceparent: string | undefined;
}
type Ended = Extract<AttemptResult, { kind: 'ended' }>;

const TRY_AGAIN_MS = 1_000;
const LAST_WAIT_MS = 1_000;

/**
 * From command to report:
 *
 *   prepare ──► (claim) ──► run ──► (settle) ──► report ──► offset
 *      │           │ known: report that again                  brackets: only for work with an effect
 *      └ refused ──┴────────────────────────────► report
 *
 * INVARIANT: the outcome is in the ledger before it is reported, and reported before the offset is resolved; so a crash at any point
 * repeats a step of this line and never an effect that the provider would not recognise.
 */
@Injectable()
export class CommandProcessor {
  private readonly runner: AttemptRunner;
  private readonly inFlight = new Map<string, InFlight>();
  private draining = false;
  private readonly drained = Promise.withResolvers<void>();
  private idle: (() => void)[] = [];

  constructor(
    private readonly router: WorkRouter,
    private readonly gate: EffectGate,
    private readonly reports: ReportPublisher,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {
    this.runner = new AttemptRunner(logger);
  }

  get isDraining(): boolean {
    return this.draining;
  }

  whenDrained(): Promise<void> {
    return this.drained.promise;
  }

  /** Returns at once. A second delivery of what is under way shares its end. */
  start(delivered: DeliveredCommand): void {
    const twin = this.inFlight.get(delivered.command.id);
    if (twin !== undefined) {
      twin.finishes.push(delivered.finish);
      delivered.slots.giveBack();
      return;
    }
    const attempt = new Attempt(delivered.command);
    const entry = { delivered, finishes: [delivered.finish], attempt, traceparent: delivered.traceparent };
    this.inFlight.set(delivered.command.id, entry);
    attemptsInFlight.add(1);
    void this.process(entry);
  }

  /** Lets what is under way end for `graceMs`; then lets go of it, so that others can take it over at once. */
  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    this.gate.close();
    await this.idleWithin(graceMs);
    if (this.inFlight.size > 0)
      this.logger.warn({ attempts: this.inFlight.size }, 'attempts that did not end in time are let go of');
    for (const { attempt } of this.inFlight.values()) attempt.abort(new LetGo('the executor stops'));
    await this.idleWithin(LAST_WAIT_MS);
    await this.gate.abandon().finally(() => this.drained.resolve());
  }

  /** Never rejects. What fails here is our fault or the infrastructure's: the command stays ours until it succeeds or the process ends. */
  private async process(entry: InFlight): Promise<void> {
    const { command, slots } = entry.delivered;
    while (!(await this.tryOnce(entry))) {
      await pause(TRY_AGAIN_MS);
      this.gate.leave(entry.attempt);
      entry.attempt = new Attempt(command);
    }
    this.inFlight.delete(command.id);
    slots.giveBack();
    attemptsInFlight.add(-1);
    if (this.inFlight.size === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  /** @returns whether nothing more is to be done for the command here. */
  private async tryOnce(entry: InFlight): Promise<boolean> {
    const { run_id, step_id, id } = entry.delivered.command;
    try {
      await this.runToReport(entry);
    } catch (error) {
      // The process ends: the record comes again elsewhere, and the lease is released with all others.
      if (this.draining) return true;
      if (!(error instanceof LetGo)) {
        this.logger.error({ err: error, run_id, step_id, attempt_id: id }, 'a command failed, trying again');
        return false;
      }
      this.logger.warn(
        { run_id, step_id, attempt_id: id },
        'the lease of an effect went to another executor, which goes on with it',
      );
    }
    this.gate.leave(entry.attempt);
    for (const finish of entry.finishes) finish();
    return true;
  }

  /** Resolves when the command is dealt with; throws LetGo when it is not and somebody else will. */
  private async runToReport(entry: InFlight): Promise<void> {
    const prepared = this.prepare(entry);
    const work = prepared instanceof Promise ? await prepared : prepared;
    if ('kind' in work) {
      const stored = await this.gate.findOutcome(entry.delivered.command);
      return this.report(entry, stored === null ? work : { ...work, outcome: stored });
    }
    if (work.effect !== 'none') return this.runWithEffect(entry, work);
    const result = await this.execute(entry, work);
    if (result.kind === 'released') throw new LetGo('the attempt was let go of');
    return this.report(entry, result);
  }

  private prepare({ delivered }: InFlight): PreparedWork | Ended | Promise<PreparedWork | Ended> {
    try {
      const prepared = this.router.prepare(delivered.command);
      return prepared instanceof Promise ? prepared.catch(refused) : prepared;
    } catch (error) {
      return refused(error);
    }
  }

  private async runWithEffect(entry: InFlight, work: PreparedWork): Promise<void> {
    const { delivered, attempt } = entry;
    const { idempotency_key } = delivered.command;
    const claim = await this.gate.enter(attempt, work.effect === 'keyed', delivered.slots);
    switch (claim.kind) {
      case 'superseded':
        return;
      case 'settled':
        return this.report(entry, { kind: 'ended', state: 'done', outcome: claim.outcome, receipt: null });
      case 'conflict':
        return this.report(entry, keyConflict(idempotency_key));
      case 'in_doubt': {
        const why = 'the executor that was at it ended without an outcome, and the provider would not recognise a repetition';
        const ended = {
          ...failedWith(inDoubt(idempotency_key, why, { ...work.describe, ...claim.known })),
          state: 'in_doubt' as const,
        };
        return this.settleAndReport(entry, ended);
      }
      case 'granted': {
        await failpoint('executor.after_claim');
        const result = await this.execute(entry, work);
        if (result.kind === 'released') throw new LetGo('the attempt was let go of');
        await failpoint('executor.after_effect_before_ledger');
        return this.settleAndReport(entry, result);
      }
    }
  }

  private async settleAndReport(entry: InFlight, ended: Ended): Promise<void> {
    const ours = await this.gate.settle(entry.attempt, ended);
    if (!ours) throw new LetGo('another executor took over');
    this.gate.leave(entry.attempt);
    await failpoint('executor.after_ledger_before_report');
    return this.report(entry, ended);
  }

  private execute(entry: InFlight, work: PreparedWork): Promise<AttemptResult> {
    const { attempt, delivered } = entry;
    return inAttemptSpan(attempt.command, delivered.traceparent, ({ current, outgoing }) => {
      entry.traceparent = current;
      attempt.traceparent = outgoing;
      return this.runner.run(attempt, work);
    });
  }

  private async report({ delivered, attempt, traceparent }: InFlight, { outcome }: Ended): Promise<void> {
    const startedAt = attempt.startedAt === 0 ? Date.now() : attempt.startedAt;
    const labels = {
      kind: delivered.command.work.kind,
      outcome: outcome.status === 'failed' ? outcome.error.code : outcome.status,
    };
    attemptsEnded.add(1, labels);
    attemptDuration.record((Date.now() - startedAt) / 1000, labels);
    await this.reports.publish({ command: delivered.command, outcome, startedAt, traceparent });
    const pausing = failpoint('executor.after_report_before_offsets');
    if (pausing !== undefined) await pausing;
  }

  private async idleWithin(ms: number): Promise<void> {
    if (this.inFlight.size === 0) return;
    const late = new AbortController();
    const idle = new Promise<void>((resolve) => this.idle.push(resolve));
    await Promise.race([idle, pause(ms, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
  }
}

/** What the user can mend is an outcome; anything else is thrown on. */
function refused(thrown: unknown): Ended {
  if (!(thrown instanceof ActionError)) throw thrown;
  const { error, retryAfterMs } = toFailure(thrown);
  return failedWith(error, retryAfterMs);
}

function keyConflict(idempotencyKey: string): Ended {
  return failedWith({
    code: 'idempotency_key_conflict',
    message: 'The idempotency key of this step was used for another request; nothing was sent',
    class: 'non_retryable',
    origin: 'executor',
    details: { idempotency_key: idempotencyKey },
  });
}
