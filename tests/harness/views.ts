/** What tests read of the API's answers; the rest of a body is none of their business. */
export interface Listed<T> {
  items: T[];
}
export interface PageOf<T> extends Listed<T> {
  next_cursor: string | null;
  total: number;
}

export interface ErrorView {
  code: string;
  message: string;
  class: string;
  step_id?: string;
  attempt?: number;
  details?: Record<string, unknown>;
}

export interface RunView {
  id: string;
  workflow_id: string;
  version: number;
  status: string;
  waiting_for: string | null;
  created_at: string;
  ended_at: string | null;
  trigger: { type: string; event_id?: string };
  payload?: unknown;
  output?: unknown;
  error: ErrorView | null;
  via_fallback: boolean;
  cost: { amount: number; currency: string; tokens: number } | null;
  parent_run_id: string | null;
  replay_of: string | null;
}

export interface AttemptView {
  number: number;
  status: string;
  input: unknown;
  output: unknown;
  error: ErrorView | null;
  started_at: string | null;
  ended_at: string | null;
  queued_ms: number | null;
  executor: string | null;
  cost: RunView['cost'];
}

export interface StepView {
  id: string;
  run_id: string;
  step_id: string;
  index: number | null;
  status: string;
  waiting_for: string | null;
  input: unknown;
  output: unknown;
  error: ErrorView | null;
  approval: 'pending' | 'approved' | 'rejected' | 'expired' | 'withdrawn' | null;
  approval_request: {
    id: string;
    status: string;
    stage: string;
    artefact: unknown;
    decision: string | null;
    by: string | null;
  } | null;
  children: { total: number; done: number; failed: number } | null;
  child_run_ids: string[];
  attempts: AttemptView[];
  effects: Record<string, unknown>[];
  started_at: string | null;
  ended_at: string | null;
}

export interface EventView {
  seq: number;
  type: string;
  at: string;
  run_id: string;
  step_id?: string;
  data: Record<string, unknown>;
}

export interface ApprovalView {
  id: string;
  run_id: string;
  step_id: string;
  step_run_id: string;
  stage: string;
  artefact: unknown;
  status: string;
  decided_by: string | null;
}

export interface BulkJobView {
  id: string;
  status: string;
  total: number;
  done: number;
  refused: number;
  last_refusals: { run_id: string; code: string }[];
}

export interface RetryPlanView {
  from: string[];
  reused: { step_id: string; status: string }[];
  rerun: { step_id: string; status: string }[];
  effects: { step_id: string; state: string; will: string }[];
  hash: string;
}

export interface DeadLetterView {
  reason: { code: string };
}

export interface EnrollmentView {
  lead_id: string;
}

export interface CallView {
  key: string;
  path: string;
  count: number;
  applied: number;
  body_sha256s: string[];
}
