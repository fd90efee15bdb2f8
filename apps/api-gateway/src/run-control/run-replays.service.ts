import { Inject, Injectable } from '@nestjs/common';
import { toTypeId } from '@flows/contracts';
import { inWorkspace } from '@flows/postgres';
import type pg from 'pg';
import type { ApiCall } from '../access/api-call.js';
import { APP_POOL } from '../database/database.tokens.js';
import type { Answer } from '../http/answer.js';
import { notFound } from '../http/api-problem.js';
import { IdempotentRunStarts } from '../runs/idempotent-run-starts.js';
import { RunIntakeQueue } from '../runs/run-intake.queue.js';
import { acceptedAnswer } from '../runs/run.view.js';
import { loadReplayedRuns, toReplayRequest } from './replayed-run.js';
import type { ReplayBody } from './run-control.dto.js';

/** New runs with old payloads. A replayed run may be in any state: it is not touched. */
@Injectable()
export class RunReplaysService {
  constructor(
    @Inject(APP_POOL) private readonly pool: pg.Pool,
    private readonly queue: RunIntakeQueue,
    private readonly once: IdempotentRunStarts,
  ) {}

  async replay(call: ApiCall, runId: string, { version }: ReplayBody): Promise<Answer> {
    const [run] = await inWorkspace(this.pool, call.workspaceId, (client) => loadReplayedRuns(client, call.workspaceId, [runId]));
    if (run === undefined) throw notFound(`Run ${toTypeId('run', runId)}`);
    const request = toReplayRequest(run, version ?? 'same', call.actor, call.traceparent);
    if (call.idempotency !== null) return this.once.start(call, request);
    return acceptedAnswer((await this.queue.accept(call.workspaceId, request)).row);
  }
}
