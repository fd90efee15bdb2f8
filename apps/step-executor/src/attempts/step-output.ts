import { MAX_STEP_OUTPUT_BYTES, type FlowError, type JsonValue } from '@flows/contracts';
import { toStorable } from './storable.js';

const MAX_DEPTH = 200;

export type AdmittedOutput = { ok: true; output: JsonValue } | { ok: false; error: FlowError };

/** Makes sure that an output can be stored and sent: at most 1 MiB and 200 levels of JSON, and only characters that the database holds. */
export function admitOutput(output: JsonValue): AdmittedOutput {
  if (isDeeperThan(output, MAX_DEPTH)) return refuse('output_too_deep', `The output is nested deeper than ${MAX_DEPTH} levels`);
  const text = JSON.stringify(output ?? null);
  const sizeBytes = text.length * 3 > MAX_STEP_OUTPUT_BYTES ? Buffer.byteLength(text) : text.length;
  if (sizeBytes > MAX_STEP_OUTPUT_BYTES) {
    return refuse('output_too_large', `The output has ${sizeBytes} bytes of JSON, and the limit is ${MAX_STEP_OUTPUT_BYTES}`);
  }
  return { ok: true, output: toStorable(output ?? null, text) };
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
