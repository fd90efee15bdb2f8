import { Injectable } from '@nestjs/common';
import { canonicalJson, fromTypeId, toRunEvent, toTypeId, type RunEvent } from '@flows/contracts';
import type { ApiCall } from '../access/api-call.js';
import { notFound } from '../http/api-problem.js';
import { maskSecrets } from '../masking/mask-secrets.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf, type PageQuery } from '../paging/page-query.dto.js';
import type { ListRunsQuery, ListWorkflowRunsQuery } from './run.dto.js';
import { toRunItem, toRunView, type RunItem, type RunView } from './run.view.js';
import { RunsRepository, type RunFilter } from './runs.repository.js';
import { projectSteps } from './step-run.projection.js';
import type { StepRunView } from './step-run.view.js';

/** What runs did and are doing. */
@Injectable()
export class RunsService {
  constructor(
    private readonly runs: RunsRepository,
    private readonly codec: CursorCodec,
  ) {}

  async list({ workspaceId }: ApiCall, query: ListRunsQuery): Promise<Page<RunItem>> {
    const filter = filterOf(query);
    const scope = canonicalJson([workspaceId, 'runs', filter]);
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

  async listSteps({ workspaceId }: ApiCall, runId: string, query: PageQuery): Promise<Page<StepRunView>> {
    const steps = await this.loadSteps(workspaceId, runId);
    const scope = canonicalJson([workspaceId, 'steps', runId]);
    const limit = limitOf(query);
    // Steps stand in the order in which they began, so new ones only come at the end.
    const from = query.cursor === undefined ? 0 : Number(this.codec.decode(scope, query.cursor)[0]) + 1;
    const rows = steps.map((step, position) => ({ step, position })).slice(from, from + limit + 1);
    return cutPage(
      rows,
      limit,
      { total: steps.length, isEstimate: false },
      this.codec,
      scope,
      ({ position }) => [String(position)],
      ({ step }) => maskStep(step),
    );
  }

  async getStep({ workspaceId }: ApiCall, runId: string, stepRunId: string): Promise<StepRunView> {
    const id = toTypeId('srun', stepRunId);
    const step = (await this.loadSteps(workspaceId, runId)).find((candidate) => candidate.id === id);
    if (step === undefined) throw notFound(`Step run ${id}`);
    return maskStep(step);
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

  private async loadSteps(workspaceId: string, runId: string): Promise<StepRunView[]> {
    const { facts, steps } = await this.runs.loadHistory(workspaceId, runId);
    return projectSteps({ runId, steps }, facts);
  }
}

function filterOf(query: ListRunsQuery): RunFilter {
  return {
    workflowId: query.workflow_id === undefined ? null : fromTypeId('wf', query.workflow_id),
    version: query.version ?? null,
    statuses: query.status ?? null,
    triggerType: query.trigger_type ?? null,
    triggerId: query.trigger_id === undefined ? null : fromTypeId('trg', query.trigger_id),
    createdAfter: query.created_after ?? null,
    createdBefore: query.created_before ?? null,
  };
}

/** What people put into or get out of a step may hold secrets; what we write about it does not. */
function maskStep(step: StepRunView): StepRunView {
  return {
    ...step,
    input: maskSecrets(step.input),
    output: maskSecrets(step.output),
    error: maskSecrets(step.error),
    effects: maskSecrets(step.effects),
    attempts: step.attempts.map((attempt) => ({
      ...attempt,
      input: maskSecrets(attempt.input),
      output: maskSecrets(attempt.output),
      error: maskSecrets(attempt.error),
    })),
  };
}
