import type { JsonObject, JsonValue, StepRunCommand } from '@flows/contracts';

/** What stands in a step's output for a value that is too large for it: where the value is, and enough to check and to show it. */
export type BlobReference = {
  $blob: {
    /** `<workspace>/<run>/<step run>/<attempt>`, plain UUIDs. */
    key: string;
    size_bytes: number;
    /** Of the bytes, hex. */
    sha256: string;
    content_type: 'application/json';
  };
};

export const MAX_BLOB_BYTES = 64 * 1024 * 1024;
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** INVARIANT: a key that matches names one place under one workspace; dots and other ways out do not match. */
const KEY = new RegExp(`^(${UUID})/${UUID}/${UUID}/[1-9]\\d{0,9}$`);
const MARK = Buffer.from('"$blob"');

export function blobKeyOf({ workspace_id, run_id, step_run_id, attempt }: StepRunCommand): string {
  return `${workspace_id}/${run_id}/${step_run_id}/${attempt}`.toLowerCase();
}

/** The workspace that a key belongs to; null for what is no key. */
export function workspaceOfKey(key: string): string | null {
  return KEY.exec(key)?.[1] ?? null;
}

/** A reference is an object with the one member `$blob`, itself an object with a text `key`. Anything else is data. */
export function isBlobReference(value: JsonObject): boolean {
  const blob = value['$blob'];
  return (
    blob !== null &&
    typeof blob === 'object' &&
    !Array.isArray(blob) &&
    typeof blob['key'] === 'string' &&
    Object.keys(value).length === 1
  );
}

/** Whether a record may hold a reference: spares the walk over the inputs that hold none. */
export function mayHoldReferences(record: Buffer): boolean {
  return record.includes(MARK);
}

export function asObject(value: JsonValue): JsonObject | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
}
