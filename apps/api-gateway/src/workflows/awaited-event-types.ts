import type { FlowPlan } from '@flows/flow-graph';
import { readSql } from '@flows/postgres';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';

const INSERT = readSql(import.meta.url, './await-event-types.sql');

/** Types of events that runs of a plan may wait for, those of loops in it too. */
export function eventTypesOf(plan: FlowPlan): Set<string> {
  const types = new Set<string>();
  for (const { wait, foreach } of plan.steps) {
    if (wait?.kind === 'event') types.add(wait.eventType);
    if (foreach !== null) for (const type of eventTypesOf(foreach.body)) types.add(type);
  }
  return types;
}

/** From its publication on, events of these types are kept for the workspace: one may come before the wait begins. */
export async function awaitEventTypes(tx: WorkspaceTransaction, plan: FlowPlan): Promise<void> {
  const types = [...eventTypesOf(plan)];
  if (types.length > 0) await tx.client.query(INSERT, [tx.workspaceId, types]);
}
