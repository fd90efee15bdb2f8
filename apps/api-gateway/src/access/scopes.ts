/** What a key may do. A scope includes others: `admin` all, `flows:write` reading, `runs:control` triggering and reading. */
export const SCOPES = [
  'flows:read',
  'flows:write',
  'runs:trigger',
  'runs:control',
  'approvals:decide',
  'connections:manage',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

const INCLUDES: Partial<Record<Scope, readonly Scope[]>> = {
  admin: SCOPES,
  'flows:write': ['flows:read'],
  'runs:control': ['runs:trigger', 'flows:read'],
};

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** All that a key with these scopes may do. */
export function expandScopes(scopes: readonly Scope[]): ReadonlySet<Scope> {
  return new Set(scopes.flatMap((scope) => [scope, ...(INCLUDES[scope] ?? [])]));
}
