import { Injectable } from '@nestjs/common';
import { canonicalJson, toTypeId } from '@flows/contracts';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { validationFailed } from '../http/api-problem.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf, type PageQuery } from '../paging/page-query.dto.js';
import type { BulkJobRow } from './bulk-job.js';
import { checkOptions, type BulkBody, type BulkJobView } from './bulk-job.dto.js';
import { BulkJobsRepository } from './bulk-jobs.repository.js';
import { BulkJobsWorker } from './bulk-jobs.worker.js';

/** One action over many runs: accepted at once, done by the worker. */
@Injectable()
export class BulkJobsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly jobs: BulkJobsRepository,
    private readonly worker: BulkJobsWorker,
    private readonly codec: CursorCodec,
  ) {}

  async create(call: ApiCall, { action, filter, options = {} }: BulkBody): Promise<Answer> {
    const problems = checkOptions(action, options);
    if (problems.length > 0) throw validationFailed(problems);
    const answer = await this.transactions.post(call, async (tx) => {
      const job = await this.jobs.insert(tx.client, call.workspaceId, {
        action,
        filter: asLists(filter),
        options,
        actor: call.principal.keyName,
      });
      const view = toView(job);
      return Answer.json(202, view, { location: view.links['self'] ?? '' });
    });
    this.worker.wake();
    return answer;
  }

  async get({ workspaceId }: ApiCall, id: string): Promise<BulkJobView> {
    return toView(await this.jobs.get(workspaceId, id));
  }

  async list({ workspaceId }: ApiCall, query: PageQuery): Promise<Page<BulkJobView>> {
    const scope = canonicalJson([workspaceId, 'bulk-jobs']);
    const limit = limitOf(query);
    const after = query.cursor === undefined ? null : (this.codec.decode(scope, query.cursor)[0] ?? null);
    const { rows, total } = await this.jobs.list(workspaceId, after, limit + 1);
    return cutPage(rows, limit, { total, isEstimate: false }, this.codec, scope, ({ id }) => [id], toView);
  }

  /** The page at hand is still done. */
  stop(call: ApiCall, id: string): Promise<Answer> {
    return this.transactions.post(call, async (tx) => {
      const job = await this.jobs.stop(tx.client, call.workspaceId, id);
      return Answer.json(job.status === 'running' ? 202 : 200, toView(job));
    });
  }
}

/** A body may name one value where a list may stand. */
function asLists(filter: BulkBody['filter']): BulkBody['filter'] {
  return {
    ...filter,
    ...(filter.status === undefined ? {} : { status: [filter.status].flat() }),
    ...(filter.waiting_for === undefined ? {} : { waiting_for: [filter.waiting_for].flat() }),
  };
}

function toView(job: BulkJobRow): BulkJobView {
  const id = toTypeId('blk', job.id);
  const self = `/api/v1/flows/runs/bulk/${id}`;
  const { with_items: _items, only: _only, ...options } = job.options;
  return {
    id,
    action: job.action,
    filter: job.filter,
    options,
    actor: job.actor,
    status: job.status,
    total: job.total,
    done: job.done,
    refused: job.refused,
    last_refusals: job.last_refusals.map(({ run_id, code, message }) => ({ run_id: toTypeId('run', run_id), code, message })),
    stop_requested: job.stop_requested,
    created_at: job.created_at.toISOString(),
    updated_at: job.updated_at.toISOString(),
    ended_at: job.ended_at?.toISOString() ?? null,
    links: { self, stop: `${self}/stop` },
  };
}
