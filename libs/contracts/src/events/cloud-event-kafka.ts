import type { CloudEvent } from './cloud-event.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';

/**
 * CloudEvents 1.0 Kafka protocol binding: how an event lies in a record.
 * Structured mode when `content-type` starts with `application/cloudevents` (or when no header is an attribute of the event, for
 * producers such as a shell pipe that set none); else binary mode, attributes in `ce_*` headers.
 * Decoding checks the form only, never throws, and adds no member that the record does not have; the caller checks the schema.
 */
export type DecodeResult = { ok: true; event: Record<string, JsonValue> } | { ok: false; code: string; detail: string };

type Headers = Record<string, string | undefined>;

const ATTRIBUTE_NAME = /^[a-z0-9]+$/;
/** Headers are texts; these attributes are numbers (CloudEvents Integer: 32 bits). */
const INTEGER_EXTENSIONS = new Set(['causationdepth']);
const INTEGER = /^\d{1,10}$/;

export function decodeCloudEvent(headers: Headers, value: string | null): DecodeResult {
  const contentType = headers['content-type'] ?? '';
  const mediaType = contentType.trimStart().toLowerCase();
  if (value === null || value.trim() === '')
    return refuse('empty_message', 'The record has no value; an event needs at least its data');
  if (mediaType.startsWith('application/cloudevents-batch')) return refuse('batch_mode_unsupported', 'Send one event per record');
  if (value.startsWith('\uFEFF'))
    return refuse('not_json', 'The value starts with a byte order mark; JSON is UTF-8 without one (RFC 8259)');
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(value) as JsonValue;
  } catch (error) {
    return refuse('not_json', `The value is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (mediaType.startsWith('application/cloudevents') || !hasAttributes(headers)) return fromStructured(parsed);
  return fromBinary(headers, contentType, parsed);
}

/** An event whose producer forgot one of these is still one in binary mode: its data alone would be misread as an event. */
function hasAttributes(headers: Headers): boolean {
  return headers['ce_specversion'] !== undefined || headers['ce_id'] !== undefined || headers['ce_type'] !== undefined;
}

function fromStructured(parsed: JsonValue): DecodeResult {
  if (!isObject(parsed))
    return refuse('not_an_event', 'A structured event is a JSON object with the CloudEvents attributes and data');
  let unset = false;
  for (const [name, member] of Object.entries(parsed)) {
    if (name === 'data') continue;
    if (name === 'data_base64')
      return refuse('binary_data_unsupported', 'Send the data as JSON in "data"; "data_base64" is not read');
    if (!ATTRIBUTE_NAME.test(name)) return refuseName(name);
    if (member === null) unset = true;
  }
  // JSON format 2.2: null is the same as no attribute. Names are safe to copy: none is `__proto__`.
  const event = unset
    ? Object.fromEntries(Object.entries(parsed).filter(([name, member]) => name === 'data' || member !== null))
    : parsed;
  return { ok: true, event };
}

function fromBinary(headers: Headers, contentType: string, data: JsonValue): DecodeResult {
  const event: JsonObject = {};
  for (const [header, text] of Object.entries(headers)) {
    if (!header.startsWith('ce_') || text === undefined) continue;
    const name = header.slice('ce_'.length);
    if (!ATTRIBUTE_NAME.test(name)) return refuseName(name);
    event[name] = INTEGER_EXTENSIONS.has(name) && INTEGER.test(text) ? Number(text) : text;
  }
  if (contentType !== '') event['datacontenttype'] = contentType;
  if (headers['traceparent'] !== undefined && event['traceparent'] === undefined) event['traceparent'] = headers['traceparent'];
  event['data'] = data;
  return { ok: true, event };
}

/** Binary mode. `data` is always there (`{}` when empty), since a record without value is a tombstone. */
export function encodeBinary(event: CloudEvent): { headers: Record<string, string>; value: string } {
  const headers: Record<string, string> = { 'content-type': event.datacontenttype ?? 'application/json' };
  for (const [name, member] of Object.entries(event)) {
    if (name === 'data' || name === 'datacontenttype' || member === undefined || member === null) continue;
    headers[`ce_${name}`] = typeof member === 'string' ? member : JSON.stringify(member);
  }
  if (event.traceparent !== undefined) headers['traceparent'] = event.traceparent;
  return { headers, value: JSON.stringify(event.data ?? {}) };
}

export function encodeStructured(event: CloudEvent): { headers: Record<string, string>; value: string } {
  return { headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, value: JSON.stringify(event) };
}

function refuseName(name: string): DecodeResult {
  const shown = JSON.stringify(name.slice(0, 60));
  return refuse(
    'invalid_attribute_name',
    `Attribute names are made of a to z and 0 to 9 (CloudEvents 1.0): ${shown}. Put anything else into "data"`,
  );
}

/** The detail quotes foreign text and is stored: without what PostgreSQL takes for no text. */
function refuse(code: string, detail: string): DecodeResult {
  return { ok: false, code, detail: detail.replaceAll('\0', '\uFFFD').toWellFormed() };
}

function isObject(value: JsonValue): value is Record<string, JsonValue> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
