import { canonicalJson } from '@flows/contracts';
import { openTimers, type Command } from '@flows/run-machine';
import type { ApprovalToClose, ApprovalToOpen } from '../approvals/approval.store.js';
import { openApprovals, openEventWaits, type FoldedRun } from './fold-run.js';
import type { BatchWrite, SubscriptionToWrite } from './run.store.js';

/** What a folded batch changes in the database: runs with new facts; the timers, subscriptions and approvals that are open afterwards, no others. */
export function batchWriteOf(folded: Iterable<FoldedRun>): BatchWrite {
  const write: BatchWrite = { runs: [], arm: [], disarm: [], subscribe: [], unsubscribe: [], ask: [], answer: [] };
  for (const run of folded) {
    const { state, facts, expectedSeq, stepsTotal } = run;
    if (facts.length > 0) write.runs.push({ state, facts, expectedSeq, stepsTotal });
    for (const timerId of run.disarmed) write.disarm.push({ runId: state.runId, timerId });
    const commands = run.consequences.flatMap((consequence) => consequence.commands);
    writeTimers(write, run, commands);
    writeSubscriptions(write, run, commands);
    writeApprovals(write, run, commands);
  }
  return write;
}

function writeTimers(write: BatchWrite, { state }: FoldedRun, commands: readonly Command[]): void {
  const open = openTimers(state);
  if (open.size === 0) return;
  for (const command of commands) {
    if (command.type !== 'timer.arm' || !open.delete(command.timerId)) continue;
    write.arm.push({ runId: state.runId, workspaceId: state.workspaceId, timerId: command.timerId, dueAt: command.dueAt });
  }
}

function writeSubscriptions(write: BatchWrite, { before, state }: FoldedRun, commands: readonly Command[]): void {
  const open = openEventWaits(state);
  for (const stepId of openEventWaits(before)) if (!open.has(stepId)) write.unsubscribe.push({ runId: state.runId, stepId });
  for (const command of commands) {
    if (command.type === 'event.subscribe' && open.has(command.stepId)) write.subscribe.push(subscriptionOf(state, command));
  }
}

export function subscriptionOf(
  { runId, workspaceId }: FoldedRun['state'],
  { stepId, eventType, correlation, since }: Extract<Command, { type: 'event.subscribe' }>,
): SubscriptionToWrite {
  return {
    runId,
    stepId,
    workspaceId,
    eventType,
    keyPath: correlation === null ? null : correlation.path,
    keyValue: correlation === null ? null : canonicalJson(correlation.value),
    since,
  };
}

function writeApprovals(write: BatchWrite, { before, state }: FoldedRun, commands: readonly Command[]): void {
  const gone = openApprovals(before);
  for (const command of commands) {
    if (command.type === 'approval.open') {
      const asked: ApprovalToOpen = { ...identityOf(state), stepId: command.stepId, asked: command.asked, at: command.at };
      write.ask.push(asked);
      gone.add(command.asked.approval_id);
    } else if (command.type === 'approval.close') {
      write.answer.push(answerOf(command));
      gone.delete(command.decided.approval_id);
    }
  }
  for (const approvalId of openApprovals(state)) gone.delete(approvalId);
  for (const approvalId of gone)
    write.answer.push({ approvalId, status: 'withdrawn', by: null, comment: null, at: state.updatedAt });
}

function identityOf({ runId, workspaceId, workflowId }: FoldedRun['state']) {
  return { runId, workspaceId, workflowId };
}

function answerOf({ decided, at }: Extract<Command, { type: 'approval.close' }>): ApprovalToClose {
  const { approval_id: approvalId, decision, by, comment = null, expired } = decided;
  return { approvalId, status: expired ? 'expired' : decision, by, comment, at };
}
