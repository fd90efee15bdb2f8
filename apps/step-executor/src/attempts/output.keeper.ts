import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { BlobStore } from '@flows/blob-store';
import { MAX_STEP_OUTPUT_BYTES, type FlowError, type JsonValue, type StepRunCommand } from '@flows/contracts';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { BLOB_STORE } from '../step-executor.tokens.js';
import { blobKeyOf, MAX_BLOB_BYTES, type BlobReference } from '../blobs/blob-reference.js';
import { toStorable } from './storable.js';

const MAX_DEPTH = 200;
/** A store that does not answer is asked again this often; the effect is done, and its output should not be lost over a short outage. */
const PAUSES_MS = [200, 1_000, 3_000, 8_000, 15_000];

export type AdmittedOutput = { ok: true; output: JsonValue } | { ok: false; error: FlowError };

/**
 * Makes sure that an output can be stored and sent: at most 200 levels of JSON, only characters that the database holds, and at most
 * 1 MiB. What is larger, up to 64 MiB, goes to the blob store, and the output is a reference to it.
 */
@Injectable()
export class OutputKeeper {
  constructor(
    @Inject(BLOB_STORE) private readonly blobs: BlobStore | null,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** At once for what fits, as nearly everything does. Never rejects. */
  keep(command: StepRunCommand, output: JsonValue): AdmittedOutput | Promise<AdmittedOutput> {
    if (isDeeperThan(output, MAX_DEPTH)) return refuse('output_too_deep', `The output is nested deeper than ${MAX_DEPTH} levels`);
    const text = JSON.stringify(output ?? null);
    const sizeBytes = text.length * 3 > MAX_STEP_OUTPUT_BYTES ? Buffer.byteLength(text) : text.length;
    const storable = toStorable(output ?? null, text);
    if (sizeBytes <= MAX_STEP_OUTPUT_BYTES) return { ok: true, output: storable };
    if (this.blobs === null) {
      const remedy = 'set BLOB_STORE_URL for the step executor to keep larger ones by reference';
      return refuse(
        'output_too_large',
        `The output has ${sizeBytes} bytes of JSON, and the limit is ${MAX_STEP_OUTPUT_BYTES}: ${remedy}`,
      );
    }
    if (sizeBytes > MAX_BLOB_BYTES)
      return refuse('output_too_large', `The output has ${sizeBytes} bytes of JSON, and the limit is ${MAX_BLOB_BYTES}`);
    return this.putAside(this.blobs, command, Buffer.from(storable === output ? text : JSON.stringify(storable)));
  }

  /** The same attempt writes the same key: a second time it replaces what is the same work's output. */
  private async putAside(blobs: BlobStore, command: StepRunCommand, bytes: Buffer): Promise<AdmittedOutput> {
    const key = blobKeyOf(command);
    for (let tries = 0; ; tries += 1) {
      try {
        await blobs.put(key, bytes, 'application/json');
        break;
      } catch (error) {
        const waitMs = PAUSES_MS[tries];
        this.logger.error({ err: error, key, tries: tries + 1 }, 'the blob store did not take an output');
        if (waitMs === undefined) return unavailable(error);
        await pause(waitMs);
      }
    }
    const reference: BlobReference = {
      $blob: {
        key,
        size_bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        content_type: 'application/json',
      },
    };
    return { ok: true, output: reference as unknown as JsonValue };
  }
}

function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan((value as Record<string, JsonValue>)[key] ?? null, levels - 1)) return true;
  return false;
}

function refuse(code: string, message: string): AdmittedOutput {
  return { ok: false, error: { code, message, class: 'non_retryable', origin: 'executor' } };
}

function unavailable(error: unknown): AdmittedOutput {
  const message = `The output is too large to be kept without the blob store, which does not take it: ${(error as Error).message}`;
  return {
    ok: false,
    error: { code: 'blob_store_unavailable', message: message.slice(0, 4096), class: 'retryable', origin: 'executor' },
  };
}
