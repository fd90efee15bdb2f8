import { Injectable } from '@nestjs/common';
import type { FlowDefinition } from '@flows/contracts';
import { WorkflowVersionEntity, type WorkflowEntity } from '@flows/postgres';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { insertRecord } from '../database/insert-record.js';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';

/** The one version of a workflow that may still change. Callers hold the workflow's lock. */
@Injectable()
export class WorkflowDrafts {
  async insertFirst(
    tx: WorkspaceTransaction,
    call: ApiCall,
    workflow: WorkflowEntity,
    definition: FlowDefinition,
  ): Promise<WorkflowVersionEntity> {
    return this.insert(tx, call, workflow.id, 1, definition);
  }

  /** Saves into the draft; the first change after a publish begins a new one. The result's state is a new one for entity tags. */
  async save(
    tx: WorkspaceTransaction,
    call: ApiCall,
    newest: WorkflowVersionEntity,
    definition: FlowDefinition,
  ): Promise<WorkflowVersionEntity> {
    if (newest.status !== 'draft') return this.insert(tx, call, newest.workflowId, newest.number + 1, definition);
    const saved = Object.assign(newest, { definition, revision: newest.revision + 1, author: call.actor, updatedAt: new Date() });
    const { revision, author, updatedAt } = saved;
    await tx.manager.update(
      WorkflowVersionEntity,
      { id: newest.id, workspaceId: tx.workspaceId },
      { definition: definition as never, revision, author, updatedAt },
    );
    return saved;
  }

  private async insert(
    tx: WorkspaceTransaction,
    call: ApiCall,
    workflowId: string,
    number: number,
    definition: FlowDefinition,
  ): Promise<WorkflowVersionEntity> {
    const now = new Date();
    const draft = Object.assign(new WorkflowVersionEntity(), {
      id: uuid(),
      workspaceId: tx.workspaceId,
      workflowId,
      number,
      status: 'draft' as const,
      definition,
      revision: 1,
      note: null,
      author: call.actor,
      createdAt: now,
      updatedAt: now,
      publishedAt: null,
    });
    await insertRecord(tx, WorkflowVersionEntity, draft);
    return draft;
  }
}
