import { Injectable } from '@nestjs/common';
import type { ApiCall } from '../access/api-call.js';
import { BulkJobsRepository } from '../bulk-runs/bulk-jobs.repository.js';
import { BulkJobsWorker } from '../bulk-runs/bulk-jobs.worker.js';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import type { RunFilterFields } from '../runs/run.dto.js';

/**
 * Where a step that is blocked on re-authorisation may be. A row says the most pressing of its run's waits, and nothing while another step
 * is at work; a run without such a step ignores that it is told to resume.
 */
const MAY_BE_BLOCKED: RunFilterFields[] = [{ waiting_for: ['reauth', 'approval'] }, { status: ['running'] }];

/**
 * Lets all runs of a workspace go on that wait for a connection to be re-authorised: as bulk jobs, so that none is forgotten. Who paused a
 * run meant it, whatever became of a connection: its pause stays.
 */
@Injectable()
export class RunResumptions {
  constructor(
    private readonly jobs: BulkJobsRepository,
    private readonly worker: BulkJobsWorker,
  ) {}

  /** In the transaction that makes the connection work again. */
  async request({ client, workspaceId }: WorkspaceTransaction, call: ApiCall, connection: string): Promise<void> {
    const options = { reason: `Connection "${connection}" is connected again`, with_items: true, only: 'reauth' as const };
    for (const filter of MAY_BE_BLOCKED)
      await this.jobs.insert(client, workspaceId, { action: 'resume', filter, options, actor: call.principal.keyName });
  }

  /** After its commit. */
  begin(): void {
    this.worker.wake();
  }
}
