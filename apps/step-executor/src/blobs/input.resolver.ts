import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { BlobStore } from '@flows/blob-store';
import { ActionError } from '@flows/connectors';
import type { ErrorClass, JsonObject, JsonValue, StepRunCommand } from '@flows/contracts';
import { BLOB_STORE } from '../step-executor.tokens.js';
import { asObject, isBlobReference, MAX_BLOB_BYTES, workspaceOfKey } from './blob-reference.js';

type Read = { value: JsonValue; sizeBytes: number };

/**
 * Puts what an input refers to in the place of the references, so that handlers see values only. A flow's author can write references
 * by hand: only those of the run's own workspace are followed.
 */
@Injectable()
export class InputResolver {
  constructor(@Inject(BLOB_STORE) private readonly blobs: BlobStore | null) {}

  /** @throws ActionError for what the user can mend; anything else when the store fails. */
  async resolve({ input, workspace_id }: StepRunCommand): Promise<JsonValue> {
    const found: string[] = [];
    collect(input, found);
    if (found.length === 0) return input;
    const values = new Map<string, Read>();
    let total = 0;
    for (const key of found) {
      let read = values.get(key);
      if (read === undefined) values.set(key, (read = await this.read(key, workspace_id)));
      total += read.sizeBytes;
      if (total > MAX_BLOB_BYTES) {
        const message = `The input with what it refers to is larger than ${MAX_BLOB_BYTES} bytes: map less of it`;
        throw refusal('input_too_large', message, key);
      }
    }
    return replace(input, values);
  }

  private async read(key: string, workspaceId: string): Promise<Read> {
    if (workspaceOfKey(key) !== workspaceId.toLowerCase())
      throw refusal('blob_forbidden', 'The input refers to a blob that does not belong to its workspace', key);
    if (this.blobs === null)
      throw refusal('blob_store_missing', 'The input refers to the blob store: set BLOB_STORE_URL for the step executor', key);
    const bytes = await this.blobs.get(key);
    if (bytes === null) throw refusal('blob_missing', 'What the input refers to is not in the blob store any more', key);
    try {
      return {
        value: JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as JsonValue,
        sizeBytes: bytes.byteLength,
      };
    } catch {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      throw refusal('blob_corrupt', `What the input refers to is not JSON (sha256 ${sha256})`, key);
    }
  }
}

function collect(value: JsonValue, found: string[]): void {
  if (Array.isArray(value)) return value.forEach((item) => collect(item, found));
  const object = asObject(value);
  if (object === null) return;
  if (isBlobReference(object)) found.push(keyOf(object));
  else for (const member of Object.values(object)) collect(member, found);
}

function replace(value: JsonValue, values: ReadonlyMap<string, Read>): JsonValue {
  if (Array.isArray(value)) return value.map((item) => replace(item, values));
  const object = asObject(value);
  if (object === null) return value;
  if (isBlobReference(object)) return (values.get(keyOf(object)) as Read).value;
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, replace(member, values)]));
}

function keyOf(reference: JsonObject): string {
  return (reference['$blob'] as { key: string }).key;
}

function refusal(code: string, message: string, key: string): ActionError {
  const errorClass: ErrorClass = 'non_retryable';
  return new ActionError({ code, message, class: errorClass, origin: 'executor', details: { key: key.slice(0, 200) } });
}
