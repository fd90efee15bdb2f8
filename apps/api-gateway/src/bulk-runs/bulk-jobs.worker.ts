import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { failpoint, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { BulkJobsRepository } from './bulk-jobs.repository.js';
import { BulkPagePerformer } from './bulk-page.performer.js';

/** Longer than a page may take; after it another gateway takes the job up. */
const LEASE_MS = 30_000;
const IDLE_MS = 1_000;
const AFTER_FAILURE_MS = 3_000;

/**
 * Works on bulk jobs, one page at a time, each time on the job that has waited longest: a large one delays no other. Any gateway does
 * any job; one that dies leaves its page to be done again by who claims the job after the lease.
 */
@Injectable()
export class BulkJobsWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly jobs: BulkJobsRepository,
    private readonly performer: BulkPagePerformer,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.wake();
  }

  /** The page at hand is finished. */
  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  /** There may be something to do. */
  wake(): void {
    if (this.stopped || this.working !== null) return;
    clearTimeout(this.timer);
    this.working = this.work().finally(() => {
      this.working = null;
      if (!this.stopped) this.timer = setTimeout(() => this.wake(), IDLE_MS);
    });
  }

  /** @returns whether there was a job to work on. */
  async doOnePage(leaseMs = LEASE_MS): Promise<boolean> {
    const job = await this.jobs.claim(leaseMs);
    if (job === null) return false;
    try {
      if (job.stop_requested) await this.jobs.advance(job, { done: 0, refusals: [], after: null, isLast: false });
      else {
        const outcome = await this.performer.perform(job);
        await failpoint('gateway.bulk_after_page_before_note');
        if (outcome !== null) await this.jobs.advance(job, outcome);
      }
    } catch (error) {
      this.logger.warn({ err: error, bulk_job_id: job.id }, 'a page of a bulk job was not done; it is done again');
      await this.jobs.postpone(job, AFTER_FAILURE_MS);
    }
    return true;
  }

  private async work(): Promise<void> {
    try {
      while (!this.stopped && (await this.doOnePage()));
    } catch (error) {
      this.logger.warn({ err: error }, 'bulk jobs could not be looked for; looking again');
    }
  }
}
