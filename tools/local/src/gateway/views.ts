/** What the demo reads of the gateway's answers; there is more in them. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface WorkspaceView {
  readonly id: string;
  readonly token: string;
}

export interface ConnectionView {
  readonly id: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface WorkflowView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** slug@version of the template it was made from. */
  readonly template?: string | null;
}

export type RunStatus = 'queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled' | 'timed_out';

export interface ErrorView {
  readonly code: string;
  readonly message: string;
  readonly step_id?: string | null;
}

/** A run in a list; the payload comes with the run alone. */
export interface RunItem {
  readonly id: string;
  readonly status: RunStatus;
  readonly error: ErrorView | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

export interface RunView extends RunItem {
  readonly payload: unknown;
}

export interface StepRunView {
  readonly step_id: string;
  readonly status: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

const TERMINAL: readonly RunStatus[] = ['completed', 'failed', 'cancelled', 'timed_out'];

export function isTerminal(status: RunStatus): boolean {
  return TERMINAL.includes(status);
}
