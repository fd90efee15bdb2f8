import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { setTimeout as pause } from 'node:timers/promises';
import type { DeliveredCommand } from '../commands/delivered-command.js';
import { EffectGate } from '../ledger/effect.gate.js';
import { attemptsInFlight } from './attempt.metrics.js';
import { Attempt, Cancelled, LetGo } from './attempt.js';
import { AttemptsUnderWay, type UnderWay } from './attempts-under-way.js';
import { CommandPath } from './command.path.js';

const TRY_AGAIN_MS = 1_000;
const LAST_WAIT_MS = 1_000;

/**
 * Owns commands from their delivery to their offset: brings each on its way, again after a failure of the infrastructure, and lets go
 * of what is under way when the process stops.
 *
 * INVARIANT: a command is reported before its offset is resolved (or nobody waits for its report); so a crash at any point repeats a
 * part of its way, and never an effect that the provider would not recognise.
 */
@Injectable()
export class CommandProcessor {
  private draining = false;
  private readonly drained = Promise.withResolvers<void>();
  private idle: (() => void)[] = [];

  constructor(
    private readonly path: CommandPath,
    private readonly underWay: AttemptsUnderWay,
    private readonly gate: EffectGate,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  get isDraining(): boolean {
    return this.draining;
  }

  whenDrained(): Promise<void> {
    return this.drained.promise;
  }

  /** Returns at once. A second delivery of what is under way shares its end. */
  start(delivered: DeliveredCommand): void {
    const twin = this.underWay.find(delivered.command.id);
    if (twin !== undefined) {
      twin.turns.push(delivered.turn);
      delivered.slots.giveBack();
      return;
    }
    const entry: UnderWay = {
      delivered,
      turns: [delivered.turn],
      takenAt: Date.now(),
      attempt: new Attempt(delivered.command),
      traceparent: delivered.traceparent,
      signs: 0,
      lastSignAt: 0,
    };
    this.underWay.add(entry);
    attemptsInFlight.add(1);
    void this.process(entry);
  }

  /** Lets what is under way end for `graceMs`; then lets go of it, so that others can take it over at once. */
  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    this.gate.close();
    await this.idleWithin(graceMs);
    if (this.underWay.size > 0)
      this.logger.warn({ attempts: this.underWay.size }, 'attempts that did not end in time are let go of');
    for (const { attempt } of this.underWay.all()) attempt.abort(new LetGo('the executor stops'));
    await this.idleWithin(LAST_WAIT_MS);
    await this.gate.abandon().finally(() => this.drained.resolve());
  }

  /** Never rejects. What fails here is our fault or the infrastructure's: the command stays ours until it succeeds or the process ends. */
  private async process(entry: UnderWay): Promise<void> {
    const { command, slots } = entry.delivered;
    while (!(await this.tryOnce(entry))) {
      await pause(TRY_AGAIN_MS);
      this.gate.leave(entry.attempt);
      entry.attempt = new Attempt(command);
    }
    this.underWay.remove(entry);
    slots.giveBack();
    attemptsInFlight.add(-1);
    if (this.underWay.size === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  /** @returns whether nothing more is to be done for the command here. */
  private async tryOnce(entry: UnderWay): Promise<boolean> {
    try {
      await this.path.run(entry);
    } catch (error) {
      // The process ends: the record comes again elsewhere, and the lease is released with all others.
      if (this.draining && !(error instanceof Cancelled)) return true;
      if (!this.isOver(entry, error)) return false;
    }
    this.gate.leave(entry.attempt);
    for (const turn of entry.turns) turn.finish();
    return true;
  }

  /** Whether what went wrong means that nothing more is to be done. */
  private isOver({ delivered }: UnderWay, error: unknown): boolean {
    const { run_id, step_id, id } = delivered.command;
    const fields = { run_id, step_id, attempt_id: id };
    if (error instanceof Cancelled) this.logger.info(fields, 'an attempt was stopped: its run is cancelled or over');
    else if (error instanceof LetGo)
      this.logger.warn(fields, 'the lease of an effect went to another executor, which goes on with it');
    else {
      this.logger.error({ err: error, ...fields }, 'a command failed, trying again');
      return false;
    }
    return true;
  }

  private async idleWithin(ms: number): Promise<void> {
    if (this.underWay.size === 0) return;
    const late = new AbortController();
    const idle = new Promise<void>((resolve) => this.idle.push(resolve));
    await Promise.race([idle, pause(ms, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
  }
}
