import { Injectable } from '@nestjs/common';
import { toTypeId } from '@flows/contracts';
import { WorkflowEntity } from '@flows/postgres';
import { And, ILike, In, LessThan, MoreThanOrEqual, Not, Raw, type FindOptionsWhere } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { insertRecord } from '../database/insert-record.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { ApiProblem } from '../http/api-problem.js';
import type { Page } from '../paging/page.js';
import { NewestFirst } from '../paging/newest-first.js';
import { changeDefinition, changedParts, EMPTY_GRAPH } from './definition-parts.js';
import { entityTag, matchesTag, requireMatch } from './entity-tag.js';
import { FlowChecks, refuseIn } from './flow-checks.js';
import { WorkflowDrafts } from './workflow-drafts.js';
import type { CreateWorkflowBody, ListWorkflowsQuery, PatchWorkflowBody } from './workflow.dto.js';
import { toWorkflowItem, toWorkflowView, type WorkflowItem, type WorkflowParts } from './workflow.view.js';
import { NO_ACTIVITY, WorkflowsRepository } from './workflows.repository.js';

/** Workflows as a whole; their graphs and publishing are in workflow-graphs.service.ts. */
@Injectable()
export class WorkflowsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly workflows: WorkflowsRepository,
    private readonly drafts: WorkflowDrafts,
    private readonly checks: FlowChecks,
    private readonly lists: NewestFirst,
  ) {}

  list(call: ApiCall, query: ListWorkflowsQuery): Promise<Page<WorkflowItem>> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const page = await this.lists.page(
        tx,
        { entity: WorkflowEntity, list: 'workflows', query, where: whereOf(query) },
        (workflow) => workflow,
      );
      const ids = page.items.map(({ id }) => id);
      const drafts = await this.workflows.draftNumbers(tx, ids);
      const activity = await this.workflows.loadActivity(tx, ids);
      return {
        ...page,
        items: page.items.map((workflow) =>
          toWorkflowItem(workflow, drafts.get(workflow.id) ?? null, activity.get(workflow.id) ?? NO_ACTIVITY),
        ),
      };
    });
  }

  create(call: ApiCall, body: CreateWorkflowBody): Promise<Answer> {
    return this.transactions.post(call, async (tx) => {
      const definition = changeDefinition({ graph: EMPTY_GRAPH }, body);
      const report = await this.checks.report(tx, definition);
      const warnings = refuseIn(report, (pointer) => body.graph !== undefined || !pointer.startsWith('#/graph'));
      const workflow = newWorkflow(tx.workspaceId, body.name, body.description ?? '', null);
      await insertRecord(tx, WorkflowEntity, workflow);
      const draft = await this.drafts.insertFirst(tx, call, workflow, definition);
      const parts = { workflow, current: null, draft, triggers: [], activity: NO_ACTIVITY };
      return answerWith(201, parts, body.graph === undefined ? [] : warnings, {
        location: `/api/v1/flows/workflows/${toTypeId('wf', workflow.id)}`,
      });
    });
  }

  get(call: ApiCall, id: string, ifNoneMatch: string | undefined): Promise<Answer> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const answer = answerWith(200, await this.workflows.loadParts(tx, await this.workflows.load(tx, id)));
      const etag = answer.headers['etag'] ?? '';
      return matchesTag(ifNoneMatch, etag) ? Answer.empty(304, { etag }) : answer;
    });
  }

  /** Name, description and status act at once; what belongs to a version goes into the draft. */
  patch(call: ApiCall, id: string, body: PatchWorkflowBody, ifMatch: string | undefined): Promise<Answer> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const workflow = await this.workflows.lock(tx, id);
      refuseArchived(workflow);
      const newest = await this.workflows.loadNewest(tx, id);
      if (ifMatch !== undefined) await this.requireMatch(tx, workflow, ifMatch);
      const sent = changedParts(body);
      let warnings: readonly object[] = [];
      if (sent.length > 0) {
        const definition = changeDefinition(newest.definition, body);
        warnings = refuseIn(await this.checks.report(tx, definition), (pointer) =>
          sent.some((part) => pointer.startsWith(`#/${part}`)),
        );
        await this.drafts.save(tx, call, newest, definition);
      }
      if (body.status !== undefined) switchStatus(workflow, body.status);
      Object.assign(workflow, {
        name: body.name?.trim() ?? workflow.name,
        description: body.description ?? workflow.description,
        updatedAt: new Date(),
      });
      const { name, description, status, updatedAt } = workflow;
      await tx.manager.update(WorkflowEntity, { id, workspaceId: tx.workspaceId }, { name, description, status, updatedAt });
      return answerWith(200, await this.workflows.loadParts(tx, workflow), warnings);
    });
  }

  /** Archives: nothing starts any more, everything stays readable. Idempotent. */
  archive(call: ApiCall, id: string): Promise<void> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const workflow = await this.workflows.lock(tx, id);
      if (workflow.status === 'archived') return;
      const live = await this.workflows.countLiveRuns(tx, id);
      if (live > 0) {
        const count = live >= 100 ? 'at least 100 runs' : live === 1 ? 'one run' : `${live} runs`;
        throw new ApiProblem('live_runs', `${count} of this workflow have not ended; let them end or cancel them first`, {
          extensions: { live_runs: live },
        });
      }
      await tx.manager.update(WorkflowEntity, { id, workspaceId: tx.workspaceId }, { status: 'archived', updatedAt: new Date() });
    });
  }

  private async requireMatch(tx: WorkspaceTransaction, workflow: WorkflowEntity, ifMatch: string): Promise<void> {
    const parts = await this.workflows.loadParts(tx, workflow);
    const newest = parts.draft ?? parts.current;
    if (newest !== null) requireMatch(ifMatch, newest, () => answerWith(200, parts).headers['etag'] ?? '');
  }
}

export function newWorkflow(workspaceId: string, name: string, description: string, template: string | null): WorkflowEntity {
  const now = new Date();
  return Object.assign(new WorkflowEntity(), {
    id: uuid(),
    workspaceId,
    name: name.trim(),
    description,
    status: 'draft' as const,
    currentVersion: null,
    template,
    createdAt: now,
    updatedAt: now,
  });
}

export function refuseArchived(workflow: WorkflowEntity): void {
  if (workflow.status === 'archived') throw new ApiProblem('workflow_archived', 'An archived workflow can only be read');
}

function switchStatus(workflow: WorkflowEntity, status: 'active' | 'inactive'): void {
  if (workflow.currentVersion === null) {
    throw new ApiProblem(
      'workflow_not_published',
      'A workflow without a published version starts nothing; publish one, which also makes it active',
    );
  }
  workflow.status = status;
}

/** The workflow with its entity tag. */
export function answerWith(
  status: number,
  parts: WorkflowParts,
  warnings?: readonly object[],
  headers: Record<string, string> = {},
): Answer {
  const view = toWorkflowView(parts);
  const newest = parts.draft ?? parts.current;
  const etag: Record<string, string> = newest === null ? {} : { etag: entityTag(newest, view) };
  return Answer.json(status, warnings === undefined ? view : { ...view, warnings }, { ...etag, ...headers });
}

function whereOf(query: ListWorkflowsQuery): FindOptionsWhere<WorkflowEntity>[] {
  const base: FindOptionsWhere<WorkflowEntity> = { status: query.status === undefined ? Not('archived') : In(query.status) };
  const bounds = [
    ...(query.created_after === undefined ? [] : [MoreThanOrEqual(new Date(query.created_after))]),
    ...(query.created_before === undefined ? [] : [LessThan(new Date(query.created_before))]),
  ];
  if (bounds.length > 0) base.createdAt = And(...bounds);
  // `id` is taken by the keyset, so the trigger filter hangs on another column that is never null.
  if (query.trigger_type !== undefined) {
    base.updatedAt = Raw(
      (alias) =>
        `${alias} is not null and exists (select from triggers t where t.workspace_id = "WorkflowEntity"."workspace_id" and t.workflow_id = "WorkflowEntity"."id" and t.type = :triggerType)`,
      { triggerType: query.trigger_type },
    );
  }
  if (query.q === undefined || query.q === '') return [base];
  const pattern = ILike(`%${query.q.replace(/[\\%_]/g, '\\$&')}%`);
  return [
    { ...base, name: pattern },
    { ...base, description: pattern },
  ];
}
