/**
 * How a process ends: in order, within a deadline, at once when asked twice.
 *
 *   SIGTERM ─► not ready ─► (stop delay) ─► application ─► hooks ─► telemetry ─► exit 0
 *      └── a second signal: exit 1 at once          └── after 25 s: exit 1
 */
import type { Logger } from '../logging/create-logger.js';

/** Less than the 30 s and more that a supervisor grants: the exit is ours, with a reason in the log. */
const HARD_EXIT_MS = 25_000;

export interface StopStep {
  readonly name: string;
  run(): Promise<unknown> | unknown;
}

export class StopSequence {
  private reason: string | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly steps: () => readonly StopStep[],
  ) {}

  /** Signals, and the end of the parent that holds our IPC channel: a service does not outlive its supervisor. */
  listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void this.stop(signal));
    if (process.send !== undefined) process.on('disconnect', () => void this.stop('parent is gone'));
  }

  async stop(reason: string): Promise<void> {
    if (this.reason !== undefined) return this.stopAgain(reason);
    this.reason = reason;
    this.logger.info({ reason }, 'stopping');
    setTimeout(() => this.exit(1, `not stopped after ${HARD_EXIT_MS} ms, leaving`), HARD_EXIT_MS).unref();
    let failed = false;
    for (const step of this.steps()) {
      try {
        await step.run();
      } catch (error) {
        // The steps after it still matter: what holds offsets or spans must get its chance.
        failed = true;
        this.logger.error({ err: error, step: step.name }, 'a step of stopping failed');
      }
    }
    this.exit(failed ? 1 : 0, 'stopped');
  }

  /** Only a person or a supervisor in a hurry signals twice. A terminal sends SIGINT to the whole group while the parent goes: not a hurry. */
  private stopAgain(reason: string): void {
    if (reason.startsWith('SIG')) this.exit(1, `${reason} while stopping, leaving at once`);
  }

  private exit(code: number, message: string): void {
    this.logger[code === 0 ? 'info' : 'error'](message);
    process.exit(code);
  }
}
