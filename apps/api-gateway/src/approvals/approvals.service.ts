import { Injectable } from '@nestjs/common';
import { canonicalJson, fromTypeId, toTypeId, type ApprovalDecided } from '@flows/contracts';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { ApiProblem, notFound } from '../http/api-problem.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf } from '../paging/page-query.dto.js';
import { FOLLOW_MS } from '../runs/row-waiter.js';
import { RunInputsPublisher } from '../runs/run-inputs.publisher.js';
import type { DecisionBody, ListApprovalsQuery } from './approval.dto.js';
import { toApprovalView, type ApprovalRow, type ApprovalView } from './approval.view.js';
import { ApprovalsRepository, type ApprovalFilter } from './approvals.repository.js';

export type Decision = ApprovalDecided['decision'];

/**
 * The inbox, and decisions. Of several decisions at the same time the run takes the first one that reaches it; each sender is told which
 * one that was.
 */
@Injectable()
export class ApprovalsService {
  constructor(
    private readonly approvals: ApprovalsRepository,
    private readonly transactions: WorkspaceTransactions,
    private readonly inputs: RunInputsPublisher,
    private readonly codec: CursorCodec,
  ) {}

  async list({ workspaceId }: ApiCall, query: ListApprovalsQuery): Promise<Page<ApprovalView>> {
    const filter: ApprovalFilter = {
      statuses: query.status ?? ['open'],
      assignee: query.assignee ?? null,
      workflowId: query.workflow_id === undefined ? null : fromTypeId('wf', query.workflow_id),
      runId: query.run_id === undefined ? null : fromTypeId('run', query.run_id),
    };
    const scope = canonicalJson([workspaceId, 'approvals', filter as never]);
    const limit = limitOf(query);
    const after = query.cursor === undefined ? null : this.codec.decode(scope, query.cursor);
    const { rows, total } = await this.approvals.list(workspaceId, filter, after, limit + 1);
    return cutPage(rows, limit, total, this.codec, scope, (row) => [row.requested_key, row.id], toApprovalView);
  }

  /** 200 with the decided approval, 202 when the run takes its time. @throws ApiProblem `not_assignee`, `approval_decided` */
  decide(call: ApiCall, runId: string, stepRunId: string, decision: Decision, body: DecisionBody): Promise<Answer> {
    return this.transactions.act(call, async (client) => {
      const load = () => this.load(call.workspaceId, runId, stepRunId, client);
      const approval = await load();
      requireAssignee(call, approval);
      if (approval.status !== 'open') return answerDecided(approval, decision);
      await this.send(call, approval, decision, body.comment);
      const now = await load();
      // A new one may have been asked for since: then this one is decided, and the answer to it is not known here.
      return now.status === 'open' || now.id !== approval.id
        ? Answer.json(202, toApprovalView(now))
        : answerDecided(now, decision);
    });
  }

  /** Tells the run, and waits for a while until it has taken a decision, be it this one or another. */
  private async send(call: ApiCall, approval: ApprovalRow, decision: Decision, comment: string | undefined): Promise<void> {
    const input: ApprovalDecided = {
      type: 'approval.decided',
      id: `apr:${approval.id}:${uuid()}`,
      run_id: approval.run_id,
      workspace_id: call.workspaceId,
      at: Date.now(),
      step_id: approval.step_id,
      approval_id: approval.id,
      decision,
      by: call.principal.keyName,
      ...(comment === undefined ? {} : { comment }),
    };
    await this.inputs.publish([{ input, traceparent: call.traceparent }]);
    await this.approvals.waitForDecision(approval.id, FOLLOW_MS);
  }

  private async load(workspaceId: string, runId: string, stepRunId: string, client?: pg.ClientBase): Promise<ApprovalRow> {
    const approval = await this.approvals.find(workspaceId, runId, stepRunId, client);
    if (approval !== null) return approval;
    throw notFound(`An approval of step run ${toTypeId('srun', stepRunId)} of run ${toTypeId('run', runId)}`);
  }
}

function requireAssignee({ principal, actor }: ApiCall, { assignees }: ApprovalRow): void {
  if (assignees.length === 0 || principal.scopes.has('admin')) return;
  if (assignees.includes(principal.keyName) || assignees.includes(actor)) return;
  throw new ApiProblem('not_assignee', `"${principal.keyName}" is not among those who decide: ${assignees.join(', ')}`, {
    extensions: { assignees },
  });
}

function answerDecided(approval: ApprovalRow, decision: Decision): Answer {
  const view = toApprovalView(approval);
  if (approval.status === decision) return Answer.json(200, view);
  const by = approval.decided_by === null ? '' : ` by ${approval.decided_by}`;
  throw new ApiProblem('approval_decided', `The approval is ${approval.status}${by}`, { extensions: { approval: view } });
}
