import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { fromTypeId, type FactData } from '@flows/contracts';
import { readSql } from '@flows/postgres';

const OPEN = readSql(import.meta.url, './sql/open-approvals.sql');
const CLOSE = readSql(import.meta.url, './sql/close-approvals.sql');

export interface ApprovalToOpen {
  workspaceId: string;
  runId: string;
  workflowId: string;
  stepId: string;
  asked: FactData['step.awaiting_approval'];
  at: number;
}
export interface ApprovalToClose {
  approvalId: string;
  status: 'approved' | 'rejected' | 'expired' | 'withdrawn';
  by: string | null;
  comment: string | null;
  at: number;
}

/** Owns the inbox: what people are asked, written in the transaction of the facts that ask and answer. */
@Injectable()
export class ApprovalStore {
  async open(client: pg.ClientBase, approvals: readonly ApprovalToOpen[]): Promise<void> {
    if (approvals.length === 0) return;
    const column = <T>(read: (approval: ApprovalToOpen) => T): T[] => approvals.map(read);
    await client.query({
      name: 'open-approvals',
      text: OPEN,
      values: [
        column(({ asked }) => asked.approval_id),
        column(({ workspaceId }) => workspaceId),
        column(({ runId }) => runId),
        column(({ workflowId }) => workflowId),
        column(({ stepId }) => stepId),
        column(({ asked }) => fromTypeId('srun', asked.step_run_id)),
        column(({ asked }) => asked.stage),
        column(({ asked }) => JSON.stringify(asked.artefact)),
        column(({ asked }) => JSON.stringify(asked.assignees)),
        column(({ asked }) => (asked.due_at === undefined ? null : Date.parse(asked.due_at))),
        column(({ at }) => at),
      ],
    });
  }

  async close(client: pg.ClientBase, approvals: readonly ApprovalToClose[]): Promise<void> {
    if (approvals.length === 0) return;
    await client.query({
      name: 'close-approvals',
      text: CLOSE,
      values: [
        approvals.map(({ approvalId }) => approvalId),
        approvals.map(({ status }) => status),
        approvals.map(({ by }) => by),
        approvals.map(({ comment }) => comment),
        approvals.map(({ at }) => at),
      ],
    });
  }
}
