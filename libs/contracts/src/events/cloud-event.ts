import Type from 'typebox';
import { isUuid, fromTypeId } from '../ids/type-id.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';

/**
 * An event of a CRM or a connector: CloudEvents 1.0 with our extensions. `data` is JSON.
 * INVARIANT: `source` and `id`, which are one index key in the database, stay below 2 KiB together in UTF-8. `source` is a URI
 * reference, hence ASCII; lengths count characters, of up to 4 bytes each.
 */
export const CloudEventSchema = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ minLength: 1, maxLength: 255 }),
  source: Type.String({ minLength: 1, maxLength: 1024, pattern: '^[\\x20-\\x7e]+$', description: 'A URI reference' }),
  type: Type.String({ minLength: 1, maxLength: 255, pattern: '^[A-Za-z0-9_.-]+$' }),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  time: Type.Optional(Type.String({ format: 'date-time' })),
  datacontenttype: Type.Optional(Type.String()),
  dataschema: Type.Optional(Type.String()),
  workspaceid: Type.String({ minLength: 1 }),
  traceparent: Type.Optional(Type.String()),
  tracestate: Type.Optional(Type.String()),
  causationid: Type.Optional(Type.String()),
  causationdepth: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
  data: Type.Record(Type.String(), Type.Unknown()),
});
export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  subject?: string;
  time?: string;
  datacontenttype?: string;
  dataschema?: string;
  workspaceid: string;
  traceparent?: string;
  tracestate?: string;
  causationid?: string;
  causationdepth?: number;
  data: JsonObject;
  [extension: string]: JsonValue | undefined;
}

/** `workspaceid` as producers write it (`ws_…` or a plain UUID) to the UUID, or null when it is neither. */
export function workspaceUuid(workspaceid: string): string | null {
  const lower = workspaceid.toLowerCase();
  return isUuid(lower) ? lower : fromTypeId('ws', lower);
}
