import { Injectable } from '@nestjs/common';
import { canonicalJson, toRunEvent, toTypeId, type RunEvent } from '@flows/contracts';
import type { ApiCall } from '../access/api-call.js';
import { maskSecrets } from '../masking/mask-secrets.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf, type PageQuery } from '../paging/page-query.dto.js';
import type { ListRunsQuery, ListWorkflowRunsQuery } from './run.dto.js';
import { toRunItem, toRunView, type RunItem, type RunView } from './run.view.js';
import { toRunFilter } from './run-filter.js';
import { RunsRepository } from './runs.repository.js';

/** What runs did and are doing. */
@Injectable()
export class RunsService {
  constructor(
    private readonly runs: RunsRepository,
    private readonly codec: CursorCodec,
  ) {}

  async list({ workspaceId }: ApiCall, query: ListRunsQuery): Promise<Page<RunItem>> {
    const filter = toRunFilter(query);
    const scope = canonicalJson([workspaceId, 'runs', filter as never]);
    const limit = limitOf(query);
    const after = query.cursor === undefined ? null : this.codec.decode(scope, query.cursor);
    const { rows, total } = await this.runs.list(workspaceId, filter, after, limit + 1);
    return cutPage(rows, limit, total, this.codec, scope, (row) => [row.created_key, row.id], toRunItem);
  }

  async listOfWorkflow(call: ApiCall, workflowId: string, query: ListWorkflowRunsQuery): Promise<Page<RunItem>> {
    await this.runs.requireWorkflow(call.workspaceId, workflowId);
    return this.list(call, { ...query, workflow_id: toTypeId('wf', workflowId) });
  }

  async get({ workspaceId }: ApiCall, runId: string): Promise<RunView> {
    return toRunView(await this.runs.load(workspaceId, runId));
  }

  async listEvents({ workspaceId }: ApiCall, runId: string, query: PageQuery): Promise<Page<RunEvent>> {
    const scope = canonicalJson([workspaceId, 'events', runId]);
    const limit = limitOf(query);
    const after = query.cursor === undefined ? 0 : Number(this.codec.decode(scope, query.cursor)[0]);
    const runTypeId = toTypeId('run', runId);
    const { facts, total } = await this.runs.loadFacts(workspaceId, runId, after, limit + 1);
    return cutPage(
      facts,
      limit,
      { total, isEstimate: false },
      this.codec,
      scope,
      ({ seq }) => [String(seq)],
      (fact) => {
        const event = toRunEvent(runTypeId, fact);
        return { ...event, data: maskSecrets(event.data) };
      },
    );
  }
}
