import { compileDecoder, EVENT_DATA_SCHEMAS, type Decoded } from '@flows/contracts';
import type { TSchema } from 'typebox';

/** Decoders of the data of the event types that have a schema, compiled once per process. Data of any other type is any object. */
const decoders = new Map(
  Object.entries(EVENT_DATA_SCHEMAS).map(([type, schema]) => [type, compileDecoder<unknown>(schema as TSchema)]),
);

export function checkEventData(type: string, data: unknown): Decoded<unknown> {
  return decoders.get(type)?.(data) ?? { ok: true, value: data };
}
