import type { Scope } from './scopes.js';

/** Who sends a request: a key of a workspace, or the administrator of the installation, who belongs to no workspace. */
export type Principal = WorkspacePrincipal | { readonly kind: 'installation' };

export interface WorkspacePrincipal {
  readonly kind: 'workspace';
  readonly workspaceId: string;
  readonly keyId: string;
  /** Of the key, as histories and approvals name who acts. */
  readonly keyName: string;
  /** Everything included by the key's scopes. */
  readonly scopes: ReadonlySet<Scope>;
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null;
}
