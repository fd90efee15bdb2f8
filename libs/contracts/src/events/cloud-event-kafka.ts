import type { CloudEvent } from './cloud-event.js';
import type { JsonValue } from '../json/json-value.js';

/**
 * CloudEvents 1.0 Kafka protocol binding: how an event lies in a record.
 * Structured mode when `content-type` starts with `application/cloudevents` (or when there is no `ce_specversion` header and
 * the value is itself an event: producers such as a shell pipe set no headers); else binary mode, attributes in `ce_*` headers.
 * Decoding checks the form only; the caller checks the schema.
 */
export type DecodeResult = { ok: true; event: Record<string, JsonValue> } | { ok: false; code: string; detail: string };

type Headers = Record<string, string | undefined>;

const INTEGER_EXTENSIONS = new Set(['causationdepth']);

export function decodeCloudEvent(headers: Headers, value: string | null): DecodeResult {
  const contentType = (headers['content-type'] ?? '').toLowerCase();
  if (value === null || value.trim() === '') return refuse('empty_message', 'The record has no value; an event needs at least its data');
  if (contentType.startsWith('application/cloudevents-batch')) return refuse('batch_mode_unsupported', 'Send one event per record');
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(value) as JsonValue;
  } catch (error) {
    return refuse('not_json', `The value is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const structured = contentType.startsWith('application/cloudevents') || headers['ce_specversion'] === undefined;
  if (structured) {
    if (!isObject(parsed)) return refuse('not_an_event', 'A structured event is a JSON object with the CloudEvents attributes and data');
    return { ok: true, event: parsed };
  }
  const event: Record<string, JsonValue> = {};
  for (const [name, text] of Object.entries(headers)) {
    if (!name.startsWith('ce_') || text === undefined) continue;
    const attribute = name.slice(3);
    event[attribute] = INTEGER_EXTENSIONS.has(attribute) && /^\d+$/.test(text) ? Number(text) : text;
  }
  if (contentType !== '') event['datacontenttype'] = headers['content-type'] as string;
  if (headers['traceparent'] !== undefined && event['traceparent'] === undefined) event['traceparent'] = headers['traceparent'];
  event['data'] = parsed;
  return { ok: true, event };
}

/** Binary mode. `data` is always there (`{}` when empty), since a record without value is a tombstone. */
export function encodeBinary(event: CloudEvent): { headers: Record<string, string>; value: string } {
  const headers: Record<string, string> = { 'content-type': event.datacontenttype ?? 'application/json' };
  for (const [name, member] of Object.entries(event)) {
    if (name === 'data' || name === 'datacontenttype' || member === undefined) continue;
    headers[`ce_${name}`] = String(member);
  }
  if (event.traceparent !== undefined) headers['traceparent'] = event.traceparent;
  return { headers, value: JSON.stringify(event.data ?? {}) };
}

export function encodeStructured(event: CloudEvent): { headers: Record<string, string>; value: string } {
  return { headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, value: JSON.stringify(event) };
}

function refuse(code: string, detail: string): DecodeResult {
  return { ok: false, code, detail };
}

function isObject(value: JsonValue): value is Record<string, JsonValue> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
