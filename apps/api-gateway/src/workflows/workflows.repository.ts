import { Injectable } from '@nestjs/common';
import { toTypeId } from '@flows/contracts';
import { readSql, TriggerEntity, WorkflowEntity, WorkflowVersionEntity } from '@flows/postgres';
import { In } from 'typeorm';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import { notFound } from '../http/api-problem.js';
import type { WorkflowActivity, WorkflowParts } from './workflow.view.js';

const ACTIVITY = readSql(import.meta.url, './workflow-activity.sql');
const LIVE_RUNS = readSql(import.meta.url, './has-live-runs.sql');

interface ActivityRow {
  id: string;
  trigger_types: string[];
  last_run: { id: string; status: string; created_at: string } | null;
  runs_today: number;
}

/** Workflows and their versions. Every query names the workspace, although row-level security would not show another one's. */
@Injectable()
export class WorkflowsRepository {
  /** @throws ApiProblem `not_found` */
  async load(tx: WorkspaceTransaction, id: string): Promise<WorkflowEntity> {
    const workflow = await tx.manager.findOneBy(WorkflowEntity, { id, workspaceId: tx.workspaceId });
    if (workflow === null) throw notFound(`Workflow ${toTypeId('wf', id)}`);
    return workflow;
  }

  /** The same, locked until the end of the transaction: whoever changes a workflow or its versions goes through here. */
  async lock(tx: WorkspaceTransaction, id: string): Promise<WorkflowEntity> {
    const workflow = await tx.manager.findOne(WorkflowEntity, {
      where: { id, workspaceId: tx.workspaceId },
      lock: { mode: 'pessimistic_write' },
    });
    if (workflow === null) throw notFound(`Workflow ${toTypeId('wf', id)}`);
    return workflow;
  }

  findDraft(tx: WorkspaceTransaction, workflowId: string): Promise<WorkflowVersionEntity | null> {
    return tx.manager.findOneBy(WorkflowVersionEntity, { workspaceId: tx.workspaceId, workflowId, status: 'draft' });
  }

  findVersion(tx: WorkspaceTransaction, workflowId: string, number: number): Promise<WorkflowVersionEntity | null> {
    return tx.manager.findOneBy(WorkflowVersionEntity, { workspaceId: tx.workspaceId, workflowId, number });
  }

  async loadNewest(tx: WorkspaceTransaction, workflowId: string): Promise<WorkflowVersionEntity> {
    return tx.manager.findOneOrFail(WorkflowVersionEntity, {
      where: { workspaceId: tx.workspaceId, workflowId },
      order: { number: 'DESC' },
    });
  }

  /** Numbers of drafts, by workflow. */
  async draftNumbers(tx: WorkspaceTransaction, workflowIds: string[]): Promise<Map<string, number>> {
    const drafts = await tx.manager.find(WorkflowVersionEntity, {
      select: { id: true, workflowId: true, number: true },
      where: { workspaceId: tx.workspaceId, workflowId: In(workflowIds), status: 'draft' },
    });
    return new Map(drafts.map((draft) => [draft.workflowId, draft.number]));
  }

  async loadParts(tx: WorkspaceTransaction, workflow: WorkflowEntity): Promise<WorkflowParts> {
    const draft = await this.findDraft(tx, workflow.id);
    const current = workflow.currentVersion === null ? null : await this.findVersion(tx, workflow.id, workflow.currentVersion);
    const triggers = await tx.manager.find(TriggerEntity, {
      where: { workspaceId: tx.workspaceId, workflowId: workflow.id },
      order: { id: 'ASC' },
    });
    const activity = (await this.loadActivity(tx, [workflow.id])).get(workflow.id) ?? NO_ACTIVITY;
    return { workflow, current, draft, triggers, activity };
  }

  async loadActivity(tx: WorkspaceTransaction, workflowIds: string[]): Promise<Map<string, WorkflowActivity>> {
    const midnight = new Date();
    midnight.setUTCHours(0, 0, 0, 0);
    const { rows } = await tx.client.query<ActivityRow>(ACTIVITY, [tx.workspaceId, workflowIds, midnight]);
    return new Map(
      rows.map((row) => [
        row.id,
        {
          triggerTypes: row.trigger_types,
          lastRun: row.last_run && {
            ...row.last_run,
            id: toTypeId('run', row.last_run.id),
            created_at: new Date(row.last_run.created_at).toISOString(),
          },
          runsToday: row.runs_today,
        },
      ]),
    );
  }

  /** Up to 100: enough to say that there are some. */
  async countLiveRuns(tx: WorkspaceTransaction, workflowId: string): Promise<number> {
    const { rows } = await tx.client.query<{ live: number }>(LIVE_RUNS, [tx.workspaceId, workflowId]);
    return rows[0]?.live ?? 0;
  }
}

export const NO_ACTIVITY: WorkflowActivity = { triggerTypes: [], lastRun: null, runsToday: 0 };
