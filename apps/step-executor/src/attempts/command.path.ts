import { Inject, Injectable } from '@nestjs/common';
import { ActionError } from '@flows/connectors';
import { failpoint, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { InputResolver } from '../blobs/input.resolver.js';
import { WorkRouter } from '../handlers/work.router.js';
import { EffectGate } from '../ledger/effect.gate.js';
import { ConnectionRules, type Deferral } from '../limits/connection.rules.js';
import { ReportPublisher } from '../reports/report.publisher.js';
import { inDoubt, toFailure } from './attempt-errors.js';
import { attemptDuration, attemptsEnded } from './attempt.metrics.js';
import { failedWith, type AttemptResult, type EndedAttempt } from './attempt-result.js';
import { AttemptRunner } from './attempt.runner.js';
import { Cancelled, LetGo } from './attempt.js';
import type { UnderWay } from './attempts-under-way.js';
import { OutputKeeper } from './output.keeper.js';
import { inAttemptSpan } from './traced-attempt.js';
import type { PreparedWork } from './work.js';

/**
 * The way of one command to its report:
 *
 *   (resolve) ─► prepare ─► (claim) ─► (limits) ─► run ─► (settle) ─► report        brackets: only where there is something to do
 *                   │          │ known    │ later
 *                   └ refused ─┴──────────┴────────────────────────► report
 *
 * INVARIANT: the outcome is in the ledger before it is reported.
 */
@Injectable()
export class CommandPath {
  private readonly runner: AttemptRunner;

  constructor(
    private readonly router: WorkRouter,
    private readonly inputs: InputResolver,
    private readonly gate: EffectGate,
    private readonly connections: ConnectionRules,
    private readonly reports: ReportPublisher,
    outputs: OutputKeeper,
    @Inject(SERVICE_LOGGER) logger: Logger,
  ) {
    this.runner = new AttemptRunner(outputs, logger);
  }

  /** Resolves when the command is dealt with; throws LetGo when it is not and somebody else will, Cancelled when nobody needs to. */
  async run(entry: UnderWay): Promise<void> {
    const prepared = this.prepare(entry);
    const work = prepared instanceof Promise ? await prepared : prepared;
    if ('kind' in work) {
      const stored = await this.gate.findOutcome(entry.delivered.command);
      return this.report(entry, stored === null ? work : { ...work, outcome: stored });
    }
    // A place of a connection is held by a lease, so what has no effect gets one too; repeating it is harmless.
    if (work.effect !== 'none' || (work.through?.concurrency ?? null) !== null) return this.runWithLease(entry, work);
    if (work.through !== undefined) {
      const deferral = this.connections.admit(entry, work.through);
      const until = deferral instanceof Promise ? await deferral : deferral;
      if (until !== null) return this.report(entry, { outcome: until });
    }
    const ended = await this.execute(entry, work);
    if (ended.kind === 'cancelled') throw new Cancelled('the run is over');
    await this.noteAnswer(entry, work, ended);
    return this.report(entry, ended);
  }

  private prepare(entry: UnderWay): PreparedWork | EndedAttempt | Promise<PreparedWork | EndedAttempt> {
    const { command, mayReferToBlobs } = entry.delivered;
    if (mayReferToBlobs) return this.resolveAndPrepare(entry).catch(refused);
    try {
      const prepared = this.router.prepare(command);
      return prepared instanceof Promise ? prepared.catch(refused) : prepared;
    } catch (error) {
      return refused(error);
    }
  }

  private async resolveAndPrepare({ delivered, attempt }: UnderWay): Promise<PreparedWork> {
    attempt.input = await this.inputs.resolve(delivered.command);
    return this.router.prepare({ ...delivered.command, input: attempt.input });
  }

  private async runWithLease(entry: UnderWay, work: PreparedWork): Promise<void> {
    const { delivered, attempt } = entry;
    const { idempotency_key } = delivered.command;
    const claim = await this.gate.enter(attempt, work.effect !== 'unkeyed', delivered.slots);
    switch (claim.kind) {
      case 'superseded':
        return;
      case 'settled':
        return this.report(entry, { outcome: claim.outcome });
      case 'conflict':
        return this.report(entry, keyConflict(idempotency_key));
      case 'in_doubt': {
        const why = 'the executor that was at it ended without an outcome, and the provider would not recognise a repetition';
        const ended = {
          ...failedWith(inDoubt(idempotency_key, why, { ...work.describe, ...claim.known })),
          state: 'in_doubt' as const,
        };
        return this.settleAndReport(entry, work, ended);
      }
      case 'granted': {
        await failpoint('executor.after_claim');
        const deferral = await this.admitClaimed(entry, work);
        if (deferral !== null) return this.report(entry, { outcome: deferral });
        const ended = await this.execute(entry, work);
        if (ended.kind === 'cancelled') return this.giveUp(entry, ended.doubt);
        await failpoint('executor.after_effect_before_ledger');
        return this.settleAndReport(entry, work, ended);
      }
    }
  }

  /** Nothing was called yet: whatever ends the wait, the claim is taken back. */
  private async admitClaimed(entry: UnderWay, { through }: PreparedWork): Promise<Deferral | null> {
    if (through === undefined) return null;
    const admitted = this.connections.admit(entry, through);
    if (admitted === null) return null;
    try {
      const deferral = await admitted;
      if (deferral !== null) await this.gate.withdraw(entry.attempt);
      return deferral;
    } catch (error) {
      await this.gate.withdraw(entry.attempt);
      throw error;
    }
  }

  /** The run does not wait for this any more; what may have happened outside stays known. @throws Cancelled. */
  private async giveUp({ attempt }: UnderWay, doubt: EndedAttempt | null): Promise<never> {
    if (doubt === null) await this.gate.release(attempt);
    else if (await this.gate.settle(attempt, doubt)) this.gate.leave(attempt);
    throw new Cancelled('the run is over');
  }

  private async settleAndReport(entry: UnderWay, work: PreparedWork, ended: EndedAttempt): Promise<void> {
    const ours = await this.gate.settle(entry.attempt, ended);
    if (!ours) throw new LetGo('another executor took over');
    this.gate.leave(entry.attempt);
    await failpoint('executor.after_ledger_before_report');
    await this.noteAnswer(entry, work, ended);
    return this.report(entry, ended);
  }

  /** What an answer says about the connection is acted upon before the run hears of it. */
  private noteAnswer({ attempt }: UnderWay, work: PreparedWork, { outcome }: EndedAttempt): Promise<void> | undefined {
    return outcome.status === 'failed' ? this.connections.noteFailure(attempt.command, work, outcome) : undefined;
  }

  private async execute(entry: UnderWay, work: PreparedWork): Promise<Exclude<AttemptResult, { kind: 'released' }>> {
    const { attempt, delivered } = entry;
    const result = await inAttemptSpan(attempt.command, delivered.traceparent, ({ current, outgoing }) => {
      entry.traceparent = current;
      attempt.traceparent = outgoing;
      return this.runner.run(attempt, work);
    });
    if (result.kind === 'released') throw new LetGo('the attempt was let go of');
    return result;
  }

  private async report(entry: UnderWay, { outcome }: Pick<EndedAttempt, 'outcome'>): Promise<void> {
    const { delivered, attempt, traceparent } = entry;
    const startedAt = attempt.startedAt === 0 ? undefined : attempt.startedAt;
    const labels = {
      kind: delivered.command.work.kind,
      outcome: outcome.status === 'failed' ? outcome.error.code : outcome.status,
    };
    attemptsEnded.add(1, labels);
    attemptDuration.record(startedAt === undefined ? 0 : (Date.now() - startedAt) / 1000, labels);
    await this.reports.publish({ command: delivered.command, outcome, startedAt, traceparent });
    const pausing = failpoint('executor.after_report_before_offsets');
    if (pausing !== undefined) await pausing;
  }
}

/** What the user can mend is an outcome; anything else is thrown on. */
function refused(thrown: unknown): EndedAttempt {
  if (!(thrown instanceof ActionError)) throw thrown;
  const { error, retryAfterMs } = toFailure(thrown);
  return failedWith(error, retryAfterMs);
}

function keyConflict(idempotencyKey: string): EndedAttempt {
  return failedWith({
    code: 'idempotency_key_conflict',
    message: 'The idempotency key of this step was used for another request; nothing was sent',
    class: 'non_retryable',
    origin: 'executor',
    details: { idempotency_key: idempotencyKey },
  });
}
