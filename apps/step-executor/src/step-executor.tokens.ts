/** What the module provides that has no class of its own. */
export const ENGINE_POOL = Symbol('ENGINE_POOL');
export const DRIVER = Symbol('DRIVER');
export const PRODUCER = Symbol('PRODUCER');
export const TOPICS = Symbol('TOPICS');
export const EGRESS = Symbol('EGRESS');
export const AGENT_RUNTIME = Symbol('AGENT_RUNTIME');
/** Names this very process: an instance that restarts under its old name holds none of its old leases. */
export const CLAIMANT = Symbol('CLAIMANT');
/** Null where none is configured. */
export const BLOB_STORE = Symbol('BLOB_STORE');
export const CODE_POOL = Symbol('CODE_POOL');
