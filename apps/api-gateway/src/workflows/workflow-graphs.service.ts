import { Injectable } from '@nestjs/common';
import type { GraphDefinition } from '@flows/contracts';
import { WorkflowEntity, WorkflowVersionEntity } from '@flows/postgres';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import type { Answer } from '../http/answer.js';
import { ApiProblem } from '../http/api-problem.js';
import { restoreMasked } from '../masking/restore-masked.js';
import { awaitEventTypes } from './awaited-event-types.js';
import { changeDefinition } from './definition-parts.js';
import { requireMatch } from './entity-tag.js';
import { FlowChecks, invalidGraph, isInGraphBody, refuseIn } from './flow-checks.js';
import { WorkflowDrafts } from './workflow-drafts.js';
import type { GraphBody, PublishBody, ValidateGraphBody } from './workflow.dto.js';
import { WorkflowsRepository } from './workflows.repository.js';
import { answerWith, refuseArchived } from './workflows.service.js';

export interface ValidationView {
  valid: boolean;
  problems: object[];
  warnings: object[];
}

/** The graph of a workflow: saving it into the draft, checking it, making it the version that new runs take. */
@Injectable()
export class WorkflowGraphsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly workflows: WorkflowsRepository,
    private readonly drafts: WorkflowDrafts,
    private readonly checks: FlowChecks,
  ) {}

  /** Steps, edges and conditions in one piece. The lock makes one of two writers with the same entity tag the second one. */
  replace(call: ApiCall, id: string, body: GraphBody, ifMatch: string | undefined): Promise<Answer> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const workflow = await this.workflows.lock(tx, id);
      refuseArchived(workflow);
      const newest = await this.workflows.loadNewest(tx, id);
      const before = await this.workflows.loadParts(tx, workflow);
      requireMatch(ifMatch, newest, () => answerWith(200, before).headers['etag'] ?? '');
      const graph = restoreMasked({ steps: body.steps, edges: body.edges } as GraphDefinition, newest.definition.graph);
      const definition = changeDefinition(newest.definition, { graph });
      const warnings = refuseIn(await this.checks.report(tx, definition, '#'), isInGraphBody);
      const draft = await this.drafts.save(tx, call, newest, definition);
      await this.touch(tx, workflow);
      return answerWith(200, { ...before, workflow, draft }, warnings);
    });
  }

  /** Every problem, nothing saved. */
  validate(call: ApiCall, id: string, { steps, edges }: ValidateGraphBody): Promise<ValidationView> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      await this.workflows.load(tx, id);
      const { definition } = await this.workflows.loadNewest(tx, id);
      const given = steps !== undefined || edges !== undefined;
      const subject = given ? changeDefinition(definition, { graph: { steps, edges } as GraphDefinition }) : definition;
      const { problems, warnings } = await this.checks.report(tx, subject, given ? '#' : '#/graph');
      return { valid: problems.length === 0, problems, warnings };
    });
  }

  /** The draft becomes the current version, for new runs only, and the workflow active. */
  publish(call: ApiCall, id: string, { note }: PublishBody): Promise<Answer> {
    return this.transactions.post(call, (tx) => this.publishIn(tx, id, note ?? null));
  }

  /** @throws ApiProblem `invalid_graph` with every problem of the whole definition. */
  async publishIn(tx: WorkspaceTransaction, id: string, note: string | null): Promise<Answer> {
    const workflow = await this.workflows.lock(tx, id);
    refuseArchived(workflow);
    const draft = await this.workflows.findDraft(tx, id);
    if (draft === null) throw new ApiProblem('nothing_to_publish', 'The current version is the newest; change something first');
    const { problems, warnings, plan } = await this.checks.report(tx, draft.definition);
    if (problems.length > 0 || plan === null) throw invalidGraph(problems);
    await awaitEventTypes(tx, plan);
    await tx.manager.update(
      WorkflowVersionEntity,
      { id: draft.id, workspaceId: tx.workspaceId },
      { status: 'published', note, publishedAt: new Date(), updatedAt: new Date() },
    );
    Object.assign(workflow, { currentVersion: draft.number, status: 'active' as const });
    await this.touch(tx, workflow);
    return answerWith(200, await this.workflows.loadParts(tx, workflow), warnings);
  }

  private async touch(tx: WorkspaceTransaction, workflow: WorkflowEntity): Promise<void> {
    workflow.updatedAt = new Date();
    const { currentVersion, status, updatedAt } = workflow;
    await tx.manager.update(
      WorkflowEntity,
      { id: workflow.id, workspaceId: tx.workspaceId },
      { currentVersion, status, updatedAt },
    );
  }
}
