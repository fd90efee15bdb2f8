import { describe, expect, it } from '@jest/globals';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {
  canonicalJson,
  checkCloudEvent,
  compileDecoder,
  decodeCloudEvent,
  decodeRunInput,
  decodeStepCommand,
  encodeBinary,
  encodeStructured,
  exportSchemas,
  FlowDefinitionSchema,
  fromTypeId,
  RunEventSchema,
  RunEventSchemas,
  toRunEvent,
  toTypeId,
  type CloudEvent,
  type Decoded,
  type FactType,
  type RunEvent,
  type RunFact,
} from '../../src/index.js';
import { findUnreached } from './find-unreached.js';
import { readGoldenMessages, type GoldenMessage } from './golden-messages.js';
import type { JsonSchema } from './json-schema.js';

interface KafkaRecord {
  headers: Record<string, string>;
  value: string;
}
const golden = readGoldenMessages();
const of = (family: string): GoldenMessage[] => golden.filter((message) => message.family === family);
const documents = exportSchemas();
const families = [...new Set(Object.keys(documents).map((name) => name.split('.')[0] as string))].filter(
  (family) => family !== 'event-data',
);

function valueOf<T>(decoded: Decoded<T>): T {
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems, null, 2));
  return decoded.value;
}

const decodeRunEvent = compileDecoder<RunEvent>(RunEventSchema);
const decodeDefinition = compileDecoder<unknown>(FlowDefinitionSchema);

function decodeEvent({ headers, value }: KafkaRecord): CloudEvent {
  const decoded = decodeCloudEvent(headers, value);
  if (!decoded.ok) throw new Error(`${decoded.code}: ${decoded.detail}`);
  return valueOf(checkCloudEvent(decoded.event));
}

/** By family: read as its receiver reads it, and written again. */
const roundTrips: Record<string, (value: never) => unknown> = {
  'run-input': (value) => valueOf(decodeRunInput(value)),
  'step-command': (value) => valueOf(decodeStepCommand(value)),
  'flow-definition': (value) => valueOf(decodeDefinition(value)),
  'run-event': (value) => {
    const { type, at, run_id, ...rest } = valueOf(decodeRunEvent(value));
    const uuid = fromTypeId('run', run_id);
    valueOf(compileDecoder(RunEventSchemas[type as FactType])(value));
    return toRunEvent(toTypeId('run', uuid ?? ''), { ...rest, type, at: Date.parse(at) } as unknown as RunFact);
  },
  'cloud-event': (record: KafkaRecord) => {
    const event = decodeEvent(record);
    if (record.headers['ce_id'] !== undefined) return encodeBinary(event);
    return {
      headers: record.headers['content-type'] === undefined ? {} : encodeStructured(event).headers,
      value: encodeStructured(event).value,
    };
  },
};

describe('golden messages of v1', () => {
  it('knows how to read every family', () => {
    expect(Object.keys(roundTrips).sort()).toEqual([...families].sort());
    expect(new Set(golden.map(({ family }) => family))).toEqual(new Set(families));
  });

  it.each(golden.map((message) => [message.name, message] as const))(
    'still reads %s, and writes the same',
    (_name, { family, value }) => {
      const again = roundTrips[family]?.(value as never);
      expect(canonicalJson(again)).toBe(canonicalJson(value));
    },
  );

  it('has one of every kind', () => {
    const kinds = Object.keys(documents).filter((name) => !name.startsWith('event-data.'));
    expect(kinds.filter((kind) => !golden.some(({ name }) => `${name}.`.startsWith(`${kind}.`)))).toEqual([]);
  });

  it.each(families)('shows every member and every alternative of %s', (family) => {
    const values = of(family).map(({ value }) => (family === 'cloud-event' ? decodeEvent(value as KafkaRecord) : value));
    const schemas = Object.entries(documents).filter(([name]) => name === family || name.startsWith(`${family}.`));
    const union: JsonSchema = { anyOf: schemas.map(([, schema]) => schema as JsonSchema) };
    expect(findUnreached(union, values)).toEqual([]);
  });

  it('is valid by another validator of JSON Schema too', () => {
    const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
    formats.default(ajv);
    for (const { name, family, value } of golden) {
      const document = Object.keys(documents).filter((kind) => `${name}.`.startsWith(`${kind}.`))[0] ?? family;
      const validate = ajv.getSchema(`urn:flows:schema:${document}:v1`) ?? ajv.compile(documents[document] ?? {});
      const valid = validate(family === 'cloud-event' ? decodeEvent(value as KafkaRecord) : value);
      expect({ name, valid, problems: validate.errors }).toEqual({ name, valid: true, problems: null });
    }
  });
});

describe('findUnreached', () => {
  const schema: JsonSchema = {
    anyOf: [
      { type: 'object', properties: { type: { const: 'a' }, list: { type: 'array', items: { properties: { x: {}, y: {} } } } } },
      { type: 'object', properties: { type: { const: 'b' } } },
    ],
  };

  it('names the member and the kind that have no example', () => {
    expect(findUnreached(schema, [{ type: 'a', list: [{ x: 1 }] }])).toEqual(['#(a)/list[]/y', '#(b)']);
    expect(findUnreached(schema, [{ type: 'a', list: [] }, { type: 'b' }])).toEqual(['#(a)/list[]']);
    expect(findUnreached(schema, [{ type: 'a', list: [{ x: 1, y: 1 }] }, { type: 'b' }])).toEqual([]);
  });
});
