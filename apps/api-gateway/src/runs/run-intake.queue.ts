import { Inject, Injectable } from '@nestjs/common';
import { inWorkspace } from '@flows/postgres';
import type pg from 'pg';
import { APP_POOL } from '../database/database.tokens.js';
import { isUnavailable } from '../http/foreign-errors.js';
import { RunIntake, type AcceptedRun, type RunRequest } from './run-intake.js';
import { RunRequestsPublisher } from './run-requests.publisher.js';

/** Transactions under way at the same time: while one commits, the next one gathers. */
const CONCURRENT_COMMITS = 3;
const MAX_BATCH = 256;

interface Waiting {
  request: RunRequest;
  accepted(run: AcceptedRun): void;
  refused(reason: unknown): void;
}

/**
 * Group commit: requests of one workspace that arrive while others are being written share the next transaction. At low load each
 * has one of its own at once; at high load the cost of a commit and of its round trips is paid per batch.
 *
 * INVARIANT: a request is answered only after its queued row is committed, and never knows of the others in its batch.
 */
@Injectable()
export class RunIntakeQueue {
  /** By workspace, in the order in which workspaces began to wait: each gets its turn. */
  private readonly waiting = new Map<string, Waiting[]>();
  private committing = 0;
  private scheduled = false;

  constructor(
    @Inject(APP_POOL) private readonly pool: pg.Pool,
    private readonly intake: RunIntake,
    private readonly publisher: RunRequestsPublisher,
  ) {}

  /** @throws ApiProblem when the request does not become a run. */
  accept(workspaceId: string, request: RunRequest): Promise<AcceptedRun> {
    return new Promise((accepted, refused) => {
      const queue = this.waiting.get(workspaceId);
      const entry = { request, accepted, refused };
      if (queue === undefined) this.waiting.set(workspaceId, [entry]);
      else queue.push(entry);
      this.schedule();
    });
  }

  /** At the end of this turn of the event loop, so that requests read from several sockets in one turn share a transaction. */
  private schedule(): void {
    if (this.scheduled || this.waiting.size === 0 || this.committing >= CONCURRENT_COMMITS) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const next = this.takeBatch();
      if (next === null) return;
      this.committing += 1;
      void this.commit(next.workspaceId, next.batch).finally(() => {
        this.committing -= 1;
        this.schedule();
      });
      this.schedule();
    });
  }

  private takeBatch(): { workspaceId: string; batch: Waiting[] } | null {
    for (const [workspaceId, queue] of this.waiting) {
      this.waiting.delete(workspaceId);
      const batch = queue.splice(0, MAX_BATCH);
      if (queue.length > 0) this.waiting.set(workspaceId, queue);
      return { workspaceId, batch };
    }
    return null;
  }

  /** Never rejects: every entry of the batch gets its own answer. */
  private async commit(workspaceId: string, batch: readonly Waiting[]): Promise<void> {
    const requests = batch.map(({ request }) => request);
    try {
      const results = await inWorkspace(this.pool, workspaceId, (client) => this.intake.accept(client, workspaceId, requests));
      results.forEach((result, index) =>
        result.ok ? batch[index]?.accepted(result.run) : batch[index]?.refused(result.problem),
      );
      this.publisher.publish(results.flatMap((result) => (result.ok ? [result.run] : [])));
    } catch (error) {
      // One request that the database cannot take must not fail its neighbours.
      if (batch.length > 1 && !isUnavailable(error)) for (const entry of batch) await this.commit(workspaceId, [entry]);
      else for (const { refused } of batch) refused(error);
    }
  }
}
