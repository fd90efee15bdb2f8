import type { RunFilterFields } from '../runs/run.dto.js';
import type { ReplayVersion } from '../run-control/run-control.dto.js';

export const BULK_ACTIONS = ['pause', 'resume', 'cancel', 'terminate', 'retry', 'replay'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];
export const BULK_STATUSES = ['running', 'completed', 'stopped'] as const;
export type BulkStatus = (typeof BULK_STATUSES)[number];

export interface BulkOptions {
  /** Of pause, resume, cancel, terminate and retry: kept in each run's history. */
  reason?: string;
  /** Of replay. */
  version?: ReplayVersion;
  /** Of retry. */
  from_step?: string;
  /** Items of foreach steps too. Only for jobs that the gateway makes itself. */
  with_items?: boolean;
  /** Of resume: what waits for a connection goes on, a pause stays. Only for jobs that the gateway makes itself. */
  only?: 'reauth';
}

export interface BulkRefusal {
  /** UUID. */
  run_id: string;
  code: string;
  message: string;
}

/** Where a job is: the last run taken, and the runs of the page that is being done. */
export interface BulkCursor {
  after: readonly [createdAt: string, id: string] | null;
  page: readonly string[] | null;
}

/** A row of bulk_jobs. */
export interface BulkJobRow {
  id: string;
  workspace_id: string;
  action: BulkAction;
  filter: RunFilterFields;
  options: BulkOptions;
  actor: string;
  status: BulkStatus;
  total: number;
  done: number;
  refused: number;
  last_refusals: BulkRefusal[];
  cursor: BulkCursor | null;
  stop_requested: boolean;
  created_at: Date;
  updated_at: Date;
  ended_at: Date | null;
}
export type ClaimedJob = BulkJobRow & { claim: string };
