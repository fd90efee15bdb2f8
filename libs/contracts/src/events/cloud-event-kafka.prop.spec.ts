import { describe, expect, it } from '@jest/globals';
import { CloudEvent as SdkEvent, Kafka, type KafkaMessage } from 'cloudevents';
import fc from 'fast-check';
import { checkCloudEvent, internalHeaders } from '../messages.js';
import type { CloudEvent } from './cloud-event.js';
import { decodeCloudEvent, encodeBinary, encodeStructured } from './cloud-event-kafka.js';

/** The codec against the SDK of the CloudEvents project: what either writes, both read alike. */
interface KafkaRecord {
  headers: Record<string, string>;
  value: string;
}

const NAMES = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'data',
  'data_base64',
  'schemaurl',
];
const OURS = ['workspaceid', 'traceparent', 'tracestate', 'causationid', 'causationdepth', 'partitionkey', 'datacontentencoding'];
const character = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 });
const text = fc.array(character, { minLength: 1, maxLength: 20 }).map((parts) => parts.join(''));
const extensionName = fc.stringMatching(/^[a-z0-9]{1,20}$/).filter((name) => !NAMES.includes(name) && !OURS.includes(name));

/** Valid events. `time` in the form that the SDK writes, and always there: the SDK puts its own where none is. */
const event: fc.Arbitrary<CloudEvent> = fc
  .tuple(
    fc.record(
      {
        specversion: fc.constant('1.0' as const),
        id: text,
        source: fc.constantFrom('/crm', 'urn:acme:crm', 'https://example.com/crm?x=1#y', 'crm', '/a%20b'),
        type: fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/),
        subject: text,
        time: fc
          .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
          .map((date) => date.toISOString()),
        datacontenttype: fc.constantFrom(
          'application/json',
          'application/json; charset=utf-8',
          'application/json;charset="utf-8"',
        ),
        dataschema: fc.constant('https://example.com/schema.json'),
        workspaceid: fc.uuid(),
        traceparent: fc.constant('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'),
        causationid: text,
        causationdepth: fc.nat(2_147_483_647),
        data: fc.dictionary(text, fc.jsonValue({ maxDepth: 3 })),
      },
      { requiredKeys: ['specversion', 'id', 'source', 'type', 'time', 'workspaceid', 'data'] },
    ),
    fc.dictionary(extensionName, text, { maxKeys: 4 }),
  )
  .map(([attributes, extensions]) => JSON.parse(JSON.stringify({ ...extensions, ...attributes })) as CloudEvent);

const toSdk = (from: CloudEvent): SdkEvent<unknown> => new SdkEvent<unknown>(from, true);

/** As it goes over the wire: header values and data are bytes, absent headers are not sent. */
function onWire(message: KafkaMessage<unknown>): KafkaRecord {
  const headers = Object.entries(message.headers).filter(([, header]) => header !== undefined);
  return {
    headers: Object.fromEntries(headers.map(([name, header]) => [name, Buffer.from(String(header)).toString('utf8')])),
    value: typeof message.value === 'string' ? message.value : JSON.stringify(message.value),
  };
}

function read({ headers, value }: KafkaRecord): unknown {
  const decoded = decodeCloudEvent(headers, value);
  if (!decoded.ok) return decoded;
  const checked = checkCloudEvent(decoded.event);
  return checked.ok ? checked.value : checked.problems;
}

function readBySdk(record: KafkaRecord): Record<string, unknown> {
  const { partitionkey: _key, ...read } = JSON.parse(JSON.stringify(Kafka.toEvent(record as never))) as Record<string, unknown>;
  return read;
}

describe('CloudEvents in Kafka records', () => {
  it('reads what the SDK writes, in both modes', () => {
    fc.assert(
      fc.property(event, (given) => {
        expect(read(onWire(Kafka.binary<unknown>(toSdk(given))))).toEqual(given);
        expect(read(onWire(Kafka.structured<unknown>(toSdk(given))))).toEqual(given);
      }),
    );
  });

  it('writes what the SDK reads, in both modes; numbers are texts in headers', () => {
    fc.assert(
      fc.property(event, (given) => {
        const { causationdepth, ...texts } = given;
        const depth = causationdepth === undefined ? {} : { causationdepth: String(causationdepth) };
        const binary = { ...texts, ...depth, datacontenttype: given.datacontenttype ?? 'application/json' };
        expect(readBySdk(encodeBinary(given))).toEqual(binary);
        expect(readBySdk(encodeStructured(given))).toEqual(given);
      }),
    );
  });

  it('reads what it wrote itself, with or without time', () => {
    const optional = fc
      .tuple(event, fc.boolean())
      .map(([{ time, ...rest }, kept]) => (kept ? { time, ...rest } : rest) as CloudEvent);
    fc.assert(
      fc.property(optional, (given) => {
        expect(read(encodeBinary(given))).toEqual({ datacontenttype: 'application/json', ...given });
        expect(read(encodeStructured(given))).toEqual(given);
      }),
    );
  });

  it('takes the attribute names that the SDK takes', () => {
    const base: CloudEvent = { specversion: '1.0', id: '1', source: '/crm', type: 'a', workspaceid: 'w', data: {} };
    const name = fc.oneof(
      extensionName,
      fc.string({ minLength: 1 }),
      fc.constantFrom('__proto__', 'constructor', 'partition_key', 'companyId', 'é', 'a-b'),
    );
    fc.assert(
      fc.property(
        name.filter((each) => !NAMES.includes(each)),
        (each) => {
          const given = JSON.parse(`{ ${JSON.stringify(each)}: "x", ${JSON.stringify(base).slice(1)}`) as CloudEvent;
          const binary = { headers: { ...encodeBinary(base).headers, [`ce_${each}`]: 'x' }, value: '{}' };
          const taken = isTakenBySdk(given);
          expect(decodeCloudEvent({}, JSON.stringify(given)).ok).toBe(taken);
          expect(decodeCloudEvent(binary.headers, binary.value).ok).toBe(taken);
        },
      ),
    );
  });

  it('makes internal messages events by the headers alone', () => {
    const headers = internalHeaders(
      'step.run',
      'attempt:1',
      '/flows/orchestrator',
      'w',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    );
    const read = Kafka.toEvent({ headers, value: '{"a":1}' } as never) as SdkEvent<unknown>;
    expect(read).toMatchObject({
      id: 'attempt:1',
      type: 'step.run',
      source: '/flows/orchestrator',
      workspaceid: 'w',
      data: { a: 1 },
    });
    expect(toSdk({ ...(JSON.parse(JSON.stringify(read)) as CloudEvent) }).validate()).toBe(true);
  });
});

function isTakenBySdk(given: CloudEvent): boolean {
  try {
    return toSdk(given).validate();
  } catch {
    return false;
  }
}
