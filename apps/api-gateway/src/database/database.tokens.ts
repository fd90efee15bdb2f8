/** Connections as `flows_app`: row-level security shows them the workspace that the transaction has set, and nothing else. */
export const APP_POOL = Symbol('APP_POOL');
/** Connections as `flows_engine`, across workspaces: for looking up tokens, for the administrator, for waiting on runs. */
export const ENGINE_POOL = Symbol('ENGINE_POOL');
