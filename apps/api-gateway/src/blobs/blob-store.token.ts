/** The blob store, or null where none is configured. */
export const BLOB_STORE = Symbol('BLOB_STORE');
