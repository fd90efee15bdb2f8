import { fromTypeId, type RunStatus, type WaitingFor } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import type { RunFilterFields } from './run.dto.js';

const FILTER = readSql(import.meta.url, './run-filter.sql');

export interface RunFilter {
  workflowId: string | null;
  version: number | null;
  statuses: readonly RunStatus[] | null;
  triggerType: string | null;
  triggerId: string | null;
  createdAfter: string | null;
  createdBefore: string | null;
  parentRunId: string | null;
  waitingFor: readonly WaitingFor[] | null;
  /** Items of foreach steps too: they are runs of their own, and shown nowhere but inside their step. */
  withItems: boolean;
}

export function toRunFilter(fields: RunFilterFields): RunFilter {
  return {
    workflowId: fields.workflow_id === undefined ? null : fromTypeId('wf', fields.workflow_id),
    version: fields.version ?? null,
    statuses: fields.status ?? null,
    triggerType: fields.trigger_type ?? null,
    triggerId: fields.trigger_id === undefined ? null : fromTypeId('trg', fields.trigger_id),
    createdAfter: fields.created_after ?? null,
    createdBefore: fields.created_before ?? null,
    parentRunId: fields.parent_run_id === undefined ? null : fromTypeId('run', fields.parent_run_id),
    waitingFor: fields.waiting_for ?? null,
    withItems: false,
  };
}

/** Parameters $1 to $11 of a statement with the filter; its own begin at $12. */
export function filterValues(workspaceId: string, filter: RunFilter): unknown[] {
  return [
    workspaceId,
    filter.workflowId,
    filter.version,
    filter.statuses,
    filter.triggerType,
    filter.triggerId,
    filter.createdAfter,
    filter.createdBefore,
    filter.parentRunId,
    filter.waitingFor,
    filter.withItems,
  ];
}

/** Puts the filter where the statement says `:filter`. */
export function withRunFilter(statement: string): string {
  return statement.replace(':filter', () => `(${FILTER})`);
}
