import { Injectable } from '@nestjs/common';
import { toTypeId, type FlowDefinition } from '@flows/contracts';
import { WorkflowEntity } from '@flows/postgres';
import type { ApiCall } from '../access/api-call.js';
import { insertRecord } from '../database/insert-record.js';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import type { Answer } from '../http/answer.js';
import { FlowChecks } from './flow-checks.js';
import { WorkflowDrafts } from './workflow-drafts.js';
import { WorkflowGraphsService } from './workflow-graphs.service.js';
import { WorkflowsRepository } from './workflows.repository.js';
import { answerWith, newWorkflow } from './workflows.service.js';

export interface Installation {
  name: string;
  description: string;
  /** `slug@version` */
  template: string;
  definition: FlowDefinition;
  publish: boolean;
  /** Adds what belongs to the workflow before it is published. */
  prepare(workflow: WorkflowEntity): Promise<void>;
}

/** Makes a workflow out of a finished definition, inside the caller's transaction. */
@Injectable()
export class WorkflowInstaller {
  constructor(
    private readonly workflows: WorkflowsRepository,
    private readonly drafts: WorkflowDrafts,
    private readonly graphs: WorkflowGraphsService,
    private readonly checks: FlowChecks,
  ) {}

  /**
   * A draft may miss something of the workspace (a connection to be made later): then the answer says so as warnings.
   * Publishing may not. @throws ApiProblem `invalid_graph`
   */
  async install(
    tx: WorkspaceTransaction,
    call: ApiCall,
    { name, description, template, definition, publish, prepare }: Installation,
  ): Promise<Answer> {
    const workflow = newWorkflow(tx.workspaceId, name, description, template);
    await insertRecord(tx, WorkflowEntity, workflow);
    await this.drafts.insertFirst(tx, call, workflow, definition);
    await prepare(workflow);
    const location = `/api/v1/flows/workflows/${toTypeId('wf', workflow.id)}`;
    if (publish) return (await this.graphs.publishIn(tx, workflow.id, null)).withStatus(201).withHeaders({ location });
    const { problems, warnings } = await this.checks.report(tx, definition);
    return answerWith(201, await this.workflows.loadParts(tx, workflow), [...problems, ...warnings], { location });
  }
}
