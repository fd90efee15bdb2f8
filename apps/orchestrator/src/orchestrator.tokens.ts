/** What the module provides that has no class of its own. */
export const ENGINE_POOL = Symbol('ENGINE_POOL');
export const DRIVER = Symbol('DRIVER');
export const PRODUCER = Symbol('PRODUCER');
export const TOPICS = Symbol('TOPICS');
