import { SetMetadata } from '@nestjs/common';
import type { Scope } from './scopes.js';

/** Who may call a route. Every route says it beside its path; one that does not is refused to everybody (and fails a test). */
export type RouteAccess =
  | { kind: 'public' }
  | { kind: 'workspace'; scope: Scope }
  | { kind: 'installation' }
  | { kind: 'workspace_or_installation'; scope: Scope };

export const ROUTE_ACCESS = 'flows:route-access';

/** A key of a workspace with this scope. */
export const Scopes = (scope: Scope) => SetMetadata(ROUTE_ACCESS, { kind: 'workspace', scope } satisfies RouteAccess);

/** The installation's admin token only. */
export const InstallationOnly = () => SetMetadata(ROUTE_ACCESS, { kind: 'installation' } satisfies RouteAccess);

/** A key of a workspace with this scope sees its workspace; the installation's admin token sees all. */
export const ScopesOrInstallation = (scope: Scope) =>
  SetMetadata(ROUTE_ACCESS, { kind: 'workspace_or_installation', scope } satisfies RouteAccess);

/** Anybody, without a token. */
export const Public = () => SetMetadata(ROUTE_ACCESS, { kind: 'public' } satisfies RouteAccess);
