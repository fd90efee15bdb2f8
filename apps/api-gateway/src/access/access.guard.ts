import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SERVICE_CONFIG } from '@flows/service-kit';
import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ApiGatewayConfig } from '../api-gateway.config.js';
import { ApiProblem } from '../http/api-problem.js';
import { ROUTE_ACCESS, type RouteAccess } from './access.decorators.js';
import { ApiKeyDirectory } from './api-key.directory.js';
import { hashToken, isWellFormedToken } from './api-token.js';
import type { Principal } from './principal.js';

export interface AuthenticatedRequest extends FastifyRequest {
  principal?: Principal;
}

/** Deny by default: a route without access metadata is closed to everybody. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly adminHash: Buffer | null;

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeyDirectory,
    @Inject(SERVICE_CONFIG) config: ApiGatewayConfig,
  ) {
    this.adminHash = config.adminToken === undefined ? null : hashToken(config.adminToken);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<RouteAccess | undefined>(ROUTE_ACCESS, context.getHandler());
    if (access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const principal = await this.authenticate(request.headers.authorization);
    if (access === undefined) throw new ApiProblem('insufficient_scope', 'This route is closed');
    authorise(access, principal);
    request.principal = principal;
    return true;
  }

  /** The same 401 for missing, malformed, unknown, revoked and expired: which one it was is no one's business. */
  private async authenticate(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined) throw unauthenticated(false);
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw unauthenticated(true);
    if (this.adminHash !== null && timingSafeEqual(hashToken(token), this.adminHash)) return { kind: 'installation' };
    const principal = isWellFormedToken(token) ? await this.keys.find(token) : null;
    if (principal === null) throw unauthenticated(true);
    return principal;
  }
}

function authorise(access: Exclude<RouteAccess, { kind: 'public' }>, principal: Principal): void {
  if (principal.kind === 'installation') {
    if (access.kind === 'workspace') {
      throw new ApiProblem(
        'workspace_token_required',
        "The installation's admin token belongs to no workspace; use a token of the workspace",
      );
    }
    return;
  }
  if (access.kind === 'installation')
    throw new ApiProblem('admin_token_required', "Only the installation's admin token may do this");
  if (principal.scopes.has(access.scope)) return;
  throw new ApiProblem('insufficient_scope', `The token needs the scope ${access.scope}`, {
    extensions: { required_scope: access.scope },
    headers: { 'www-authenticate': `Bearer realm="flows", error="insufficient_scope", scope="${access.scope}"` },
  });
}

/** RFC 6750: no `error` where no credentials were sent at all. */
function unauthenticated(sent: boolean): ApiProblem {
  return new ApiProblem('invalid_token', 'Send a valid token: Authorization: Bearer tnx_…', {
    headers: { 'www-authenticate': sent ? 'Bearer realm="flows", error="invalid_token"' : 'Bearer realm="flows"' },
  });
}
