/**
 * Every problem this API answers with, by its code. Owns HTTP numbers and titles: nothing else in Flows knows them.
 * A title is the same for every occurrence of its code (RFC 9457); what happened this time is the `detail`.
 */
export const PROBLEM_KINDS = {
  malformed_request: { status: 400, title: 'The request cannot be understood' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  invalid_cursor: { status: 400, title: 'The cursor cannot be used' },
  invalid_idempotency_key: { status: 400, title: 'The idempotency key cannot be used' },
  invalid_token: { status: 401, title: 'Authentication is needed' },
  insufficient_scope: { status: 403, title: 'The token lacks a scope' },
  workspace_token_required: { status: 403, title: 'A workspace token is needed' },
  admin_token_required: { status: 403, title: "The installation's admin token is needed" },
  not_assignee: { status: 403, title: 'The approval is for others to decide' },
  not_found: { status: 404, title: 'Not found' },
  route_not_found: { status: 404, title: 'There is no such route' },
  method_not_allowed: { status: 405, title: 'The route does not take this method' },
  idempotency_in_progress: { status: 409, title: 'A request with this idempotency key is still in progress' },
  name_taken: { status: 409, title: 'The name is taken' },
  live_runs: { status: 409, title: 'Runs are still live' },
  workflow_archived: { status: 409, title: 'The workflow is archived' },
  workflow_not_published: { status: 409, title: 'The workflow has no published version' },
  workflow_inactive: { status: 409, title: 'The workflow is switched off' },
  version_not_published: { status: 409, title: 'The version cannot start runs' },
  run_state_conflict: { status: 409, title: 'The state of the run does not allow it' },
  nothing_to_retry: { status: 409, title: 'Nothing of the run could begin anew' },
  plan_changed: { status: 409, title: 'The retry plan is another one now' },
  approval_decided: { status: 409, title: 'The approval is not open any more' },
  nothing_to_publish: { status: 409, title: 'There is no draft to publish' },
  precondition_failed: { status: 412, title: 'The workflow has changed since it was read' },
  body_too_large: { status: 413, title: 'The body is too large' },
  payload_too_large: { status: 413, title: 'The payload is too large' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  validation_failed: { status: 422, title: 'The request is not valid' },
  invalid_graph: { status: 422, title: 'The flow has problems' },
  invalid_payload: { status: 422, title: "The payload does not fit the workflow's input schema" },
  concurrency_key_failed: { status: 422, title: "The key of the workflow's concurrency cannot be found" },
  egress_denied: { status: 422, title: 'The address must not be called' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  precondition_required: { status: 428, title: 'If-Match is needed' },
  headers_too_large: { status: 431, title: 'The header fields are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'A part of the service does not answer' },
} as const;

export type ProblemCode = keyof typeof PROBLEM_KINDS;

/** A stable absolute URI per kind of problem. */
export function problemType(code: ProblemCode): string {
  return `https://docs.10ex.ai/flows/problems/${code.replaceAll('_', '-')}`;
}
