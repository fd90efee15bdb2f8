import { isUtf8 } from 'node:buffer';
import {
  checkCloudEvent,
  decodeCloudEvent,
  findUnstorable,
  isDeeperThan,
  workspaceUuid,
  type CloudEvent,
  type JsonValue,
  type SchemaProblem,
} from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import { checkEventData } from './event-data.js';

/** Larger ones are refused: an event is kept with each run that it starts, and travels on with it. */
export const MAX_EVENT_BYTES = 1024 * 1024;
/** Levels of lists and objects. PostgreSQL's parser and every recursive reader stay far from their stack's end. */
export const MAX_EVENT_DEPTH = 64;

export interface Rejection {
  code: string;
  /** For people: what is wrong, where, and what would be right. */
  detail: string;
  /** The workspace that the message names, known or not; null where none can be read. */
  workspaceId: string | null;
}
export type EventDecoding = { ok: true; event: CloudEvent; workspaceId: string } | ({ ok: false } & Rejection);

/**
 * One record → one event, or the reason why it is none. Looks at the record only: whether the workspace exists is asked elsewhere.
 * What passes can be stored, mapped and published without another failure of form.
 */
export function decodeEvent(message: KafkaMessage): EventDecoding {
  const { value } = message;
  if (value !== null && value.length > MAX_EVENT_BYTES) {
    return reject('event_too_large', `The value has ${value.length} bytes, at most ${MAX_EVENT_BYTES} are taken`);
  }
  if (value !== null && !isUtf8(value)) return reject('not_json', 'The value is not JSON: it is not UTF-8 text');
  const text = value?.toString('utf8') ?? null;
  const decoded = decodeCloudEvent(message.headers, text);
  if (!decoded.ok) return reject(decoded.code, decoded.detail);
  return checkEvent(decoded.event, text ?? '');
}

function checkEvent(candidate: Record<string, JsonValue>, text: string): EventDecoding {
  const named = typeof candidate['workspaceid'] === 'string' ? workspaceUuid(candidate['workspaceid']) : null;
  if (isDeeperThan(text, MAX_EVENT_DEPTH))
    return reject('not_storable', `The event is nested more than ${MAX_EVENT_DEPTH} levels deep`, named);
  const unstorable = findUnstorableIn(candidate, text);
  if (unstorable.length > 0) return reject('not_storable', `The event cannot be kept. ${list(unstorable, '#')}`, named);
  const checked = checkCloudEvent(candidate);
  if (!checked.ok) return reject('schema_invalid', `The message is no valid event. ${list(checked.problems, '#')}`, named);
  const event = checked.value;
  if (named === null) {
    return reject(
      'unknown_workspace',
      `#/workspaceid: "${event.workspaceid}" is no workspace id; it is written "ws_…" or as a UUID`,
    );
  }
  const data = checkEventData(event.type, event.data);
  if (!data.ok)
    return reject('data_invalid', `The data of "${event.type}" breaks its schema. ${list(data.problems, '#/data')}`, named);
  return { ok: true, event, workspaceId: named };
}

/** In binary mode the attributes come from headers: the text tells nothing about them. */
function findUnstorableIn(candidate: Record<string, JsonValue>, text: string): SchemaProblem[] {
  const inText = findUnstorable(candidate, text);
  return inText.length > 0 ? inText : findUnstorable({ ...candidate, data: null });
}

/** "#/data/lead_id: is required; …": every place, as far as a reader wants to read. */
function list(problems: readonly SchemaProblem[], root: string): string {
  return problems
    .slice(0, 10)
    .map(({ pointer, message }) => `${root}${pointer.slice(1)}: ${message}`)
    .join('; ');
}

function reject(code: string, detail: string, workspaceId: string | null = null): EventDecoding {
  return { ok: false, code, detail, workspaceId };
}
