import { Injectable } from '@nestjs/common';
import type { DeliveredCommand } from '../commands/delivered-command.js';
import type { Attempt } from './attempt.js';

/** A command that is being worked on, with all of its deliveries. */
export interface UnderWay {
  readonly delivered: DeliveredCommand;
  readonly turns: { finish(): void }[];
  /** Unix milliseconds. */
  readonly takenAt: number;
  /** The present try; a new one after a failure of the infrastructure. */
  attempt: Attempt;
  traceparent: string | undefined;
  /** Signs of life sent so far, and when the last one was. */
  signs: number;
  lastSignAt: number;
}

/** What this executor is at, for those who look after it from aside. */
@Injectable()
export class AttemptsUnderWay {
  private readonly byCommand = new Map<string, UnderWay>();

  get size(): number {
    return this.byCommand.size;
  }

  find(commandId: string): UnderWay | undefined {
    return this.byCommand.get(commandId);
  }

  add(one: UnderWay): void {
    this.byCommand.set(one.delivered.command.id, one);
  }

  remove(one: UnderWay): void {
    this.byCommand.delete(one.delivered.command.id);
  }

  all(): Iterable<UnderWay> {
    return this.byCommand.values();
  }
}
