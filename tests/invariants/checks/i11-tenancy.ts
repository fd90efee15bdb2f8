import type { Evidence } from '../evidence/evidence.js';
import { Findings, type Violation } from '../violation.js';

/** I11: what belongs to a run belongs to its workspace: every row, every record, every call at a provider of the workspace. */
export function checkI11(evidence: Evidence): Violation[] {
  const findings = new Findings('I11');
  const workspaces = new Map(evidence.runs.map((run) => [run.id, run.workspace_id]));
  const expectSame = (what: string, runId: string | null, workspaceId: string | undefined) => {
    const owner = runId === null ? undefined : workspaces.get(runId);
    if (owner !== undefined && owner !== workspaceId)
      findings.add(runId as string, `${what} says workspace ${workspaceId}, the run says ${owner}`);
  };
  for (const run of evidence.runs) expectSame(`child run ${run.id}`, run.parent_run_id, run.workspace_id);
  for (const fact of evidence.facts) expectSame(`fact ${fact.seq}`, fact.run_id, fact.workspace_id);
  for (const timer of evidence.timers) expectSame(`timer ${timer.timer_id}`, timer.run_id, timer.workspace_id);
  for (const effect of evidence.effects) expectSame(`effect ${effect.idempotency_key}`, effect.run_id, effect.workspace_id);
  for (const decision of evidence.decisions) expectSame('the decision', decision.run_id, decision.workspace_id);
  for (const approval of evidence.approvals) expectSame(`approval ${approval.id}`, approval.run_id, approval.workspace_id);
  for (const subscription of evidence.subscriptions) expectSame('a subscription', subscription.run_id, subscription.workspace_id);
  for (const { topic, key, headers, offset } of evidence.records) {
    if (headers['ce_workspaceid'] !== undefined) expectSame(`${topic} ${offset}`, key, headers['ce_workspaceid']);
  }
  const owners = new Map(evidence.effects.map((effect) => [effect.idempotency_key, effect.workspace_id]));
  for (const { key, workspace_id } of evidence.calls) {
    const owner = owners.get(key);
    if (owner !== undefined && workspace_id !== null && owner !== workspace_id)
      findings.add(key, `a provider of workspace ${workspace_id} was called for workspace ${owner}`);
  }
  return findings.violations;
}
