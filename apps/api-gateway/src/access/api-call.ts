import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { canonicalJson, toTypeId } from '@flows/contracts';
import { activeTraceparent, parseTraceparent } from '@flows/telemetry';
import { ApiProblem } from '../http/api-problem.js';
import { parseIdempotencyKey } from '../idempotency/idempotency-key.js';
import type { AuthenticatedRequest } from './access.guard.js';
import type { WorkspacePrincipal } from './principal.js';

/** One request of a workspace, as services need to know it. */
export interface ApiCall {
  readonly workspaceId: string;
  readonly principal: WorkspacePrincipal;
  /** Who acts, as histories show it: the TypeID of the key. */
  readonly actor: string;
  readonly requestId: string;
  /** W3C trace context of the request: of its span, or as it came along. */
  readonly traceparent: string | undefined;
  /** Set on a POST that carries the header. */
  readonly idempotency: IdempotentRequest | null;
}

/** What makes two requests the same one. */
export interface IdempotentRequest {
  readonly key: string;
  /** Method and path; the query is left out: it says how to answer (`?wait=`), not what to do. */
  readonly route: string;
  readonly fingerprint: Buffer;
}

/** The calling workspace; for routes that only keys of a workspace may call. */
export const Call = createParamDecorator((_: unknown, context: ExecutionContext): ApiCall =>
  toApiCall(context.switchToHttp().getRequest<AuthenticatedRequest>()),
);

function toApiCall(request: AuthenticatedRequest): ApiCall {
  const { principal } = request;
  if (principal?.kind !== 'workspace') throw new ApiProblem('workspace_token_required', 'Use a token of the workspace');
  const header = request.headers['traceparent'];
  return {
    workspaceId: principal.workspaceId,
    principal,
    actor: toTypeId('key', principal.keyId),
    requestId: request.id,
    traceparent:
      activeTraceparent() ?? (typeof header === 'string' && parseTraceparent(header) !== undefined ? header : undefined),
    idempotency: request.method === 'POST' ? toIdempotentRequest(request) : null,
  };
}

export function toIdempotentRequest(
  request: Pick<AuthenticatedRequest, 'headers' | 'method' | 'url' | 'body'>,
): IdempotentRequest | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  return {
    key: parseIdempotencyKey(String(header)),
    route: `${request.method} ${request.url.split('?')[0]}`,
    fingerprint: createHash('sha256')
      .update(canonicalJson(request.body ?? null))
      .digest(),
  };
}
