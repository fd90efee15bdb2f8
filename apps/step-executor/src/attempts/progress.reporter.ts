import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { ReportPublisher } from '../reports/report.publisher.js';
import { AttemptsUnderWay, type UnderWay } from './attempts-under-way.js';

const LOOK_EVERY_MS = 1_000;
const FIRST_SIGN_AFTER_MS = 5_000;
const NEXT_SIGN_AFTER_MS = 15_000;

/** Says of attempts that take long that they are alive, and how far they are. Nothing hangs on these messages: one that fails is left out. */
@Injectable()
export class ProgressReporter {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly underWay: AttemptsUnderWay,
    private readonly reports: ReportPublisher,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(now = Date.now()): void {
    for (const entry of this.underWay.all()) if (isDue(entry, now)) this.send(entry, now);
  }

  private send(entry: UnderWay, now: number): void {
    const { delivered, attempt } = entry;
    entry.signs += 1;
    entry.lastSignAt = now;
    this.reports
      .publishProgress({
        command: delivered.command,
        sign: entry.signs,
        startedAt: attempt.startedAt,
        progress: attempt.lastProgress,
      })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'a sign of life could not be sent'));
  }
}

/** An attempt that waits for its turn has not started, and its time does not count. */
function isDue({ attempt, signs, lastSignAt }: UnderWay, now: number): boolean {
  if (attempt.startedAt === 0 || attempt.isAborted) return false;
  return signs === 0 ? now - attempt.startedAt >= FIRST_SIGN_AFTER_MS : now - lastSignAt >= NEXT_SIGN_AFTER_MS;
}
