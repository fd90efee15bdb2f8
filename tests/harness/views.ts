/** What tests read of the API's answers; the rest of a body is none of their business. */
export interface Listed<T> {
  items: T[];
}

export interface RunView {
  id: string;
  status: string;
  created_at: string;
  trigger: { type: string; event_id?: string };
  error: unknown;
}

export interface StepView {
  step_id: string;
  status: string;
  input: unknown;
  output: unknown;
  attempts: unknown[];
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
