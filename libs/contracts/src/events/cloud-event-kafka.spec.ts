import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkCloudEvent } from '../messages.js';
import type { CloudEvent } from './cloud-event.js';
import { decodeCloudEvent, encodeBinary, encodeStructured } from './cloud-event-kafka.js';

const event: CloudEvent = {
  specversion: '1.0',
  id: '1',
  source: '/crm',
  type: 'lead.created',
  workspaceid: 'w',
  data: { lead_id: 'l' },
};
const structured = JSON.stringify(event);
const binary = encodeBinary(event);

function taken(headers: Record<string, string | undefined>, value: string | null): unknown {
  const decoded = decodeCloudEvent(headers, value);
  return decoded.ok ? decoded.event : decoded.code;
}

describe('the mode of a record', () => {
  it.each([
    'application/cloudevents',
    'application/cloudevents+json',
    'application/cloudevents+json; charset=utf-8',
    'application/cloudevents+json;charset=UTF-8',
    'APPLICATION/CLOUDEVENTS+JSON',
    'Application/CloudEvents+Json; Charset="UTF-8"',
    ' application/cloudevents+json',
  ])('is structured for %j, whatever other headers say', (type) => {
    expect(taken({ 'content-type': type }, structured)).toEqual(event);
    expect(taken({ 'content-type': type, ce_specversion: '1.0', ce_id: 'other' }, structured)).toEqual(event);
  });

  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/vnd.acme+json',
    'text/plain',
    'Application/Json;x=1',
  ])('is binary for %j, which is then the type of the data', (type) =>
    expect(taken({ ...binary.headers, 'content-type': type }, binary.value)).toEqual({ ...event, datacontenttype: type }),
  );

  it('is structured where no header is an attribute', () => {
    expect(taken({}, structured)).toEqual(event);
    expect(taken({ 'content-type': 'application/json', 'x-other': '1' }, structured)).toEqual(event);
  });

  it('is binary where a producer forgot an attribute, so that the missing one is named', () => {
    for (const name of ['specversion', 'id', 'type', 'source', 'workspaceid']) {
      const decoded = decodeCloudEvent({ ...binary.headers, [`ce_${name}`]: undefined }, binary.value);
      const checked = checkCloudEvent(decoded.ok ? decoded.event : null);
      expect(checked.ok ? [] : checked.problems.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([`#/${name} required`]);
    }
  });

  it('is never a batch', () => {
    expect(taken({ 'content-type': 'application/CloudEvents-batch+json' }, `[${structured}]`)).toBe('batch_mode_unsupported');
  });
});

describe('the attributes of an event', () => {
  it.each([
    ['0', 0],
    ['2147483647', 2_147_483_647],
    ['007', 7],
    ['-1', '-1'],
    ['1.5', '1.5'],
    ['1e3', '1e3'],
    ['', ''],
    ['99999999999999999999', '99999999999999999999'],
  ])('has causationdepth %j of a header as %j', (header, expected) => {
    expect(taken({ ...binary.headers, ce_causationdepth: header }, '{}')).toMatchObject({ causationdepth: expected });
  });

  it('lets only whole numbers of 32 bits be a depth', () => {
    const ok = (causationdepth: unknown): boolean => checkCloudEvent({ ...event, causationdepth }).ok;
    expect([0, 2_147_483_647].map(ok)).toEqual([true, true]);
    expect([-1, 1.5, 2_147_483_648, 1e300, Infinity, Number.NaN, '1', null, true].filter(ok)).toEqual([]);
  });

  it('counts null as not there, except as data', () => {
    expect(taken({}, JSON.stringify({ ...event, subject: null, time: null, custom: null }))).toEqual(event);
    expect(taken({}, JSON.stringify({ ...event, data: null }))).toEqual({ ...event, data: null });
  });

  it('takes the trace of the hop where the event has none of its own', () => {
    expect(taken({ ...binary.headers, traceparent: 'hop' }, '{}')).toMatchObject({ traceparent: 'hop' });
    expect(taken({ ...binary.headers, traceparent: 'hop', ce_traceparent: 'start' }, '{}')).toMatchObject({
      traceparent: 'start',
    });
  });

  it('writes no header for what is unset, and always a value', () => {
    const { headers, value } = encodeBinary({
      ...event,
      subject: undefined,
      custom: null,
      flag: true,
      n: 7,
      data: undefined as never,
    });
    expect(headers).toEqual({ ...binary.headers, ce_flag: 'true', ce_n: '7' });
    expect(value).toBe('{}');
    expect(encodeStructured(event)).toEqual({
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      value: structured,
    });
  });

  it('keeps source and id small enough for one index key', () => {
    const ok = (more: Partial<CloudEvent>): boolean => checkCloudEvent({ ...event, ...more }).ok;
    expect(ok({ source: 'x'.repeat(1_024), id: '🚀'.repeat(255) })).toBe(true);
    expect([
      ok({ source: 'ü' }),
      ok({ source: 'a\nb' }),
      ok({ source: 'x'.repeat(1_025) }),
      ok({ id: 'x'.repeat(256) }),
      ok({ id: '' }),
    ]).not.toContain(true);
  });
});

const withMember = (member: string): string => `${structured.slice(0, -1)},${member}}`;
const dataWith = (json: string): string => structured.replace('{"lead_id":"l"}', json);

describe('poison', () => {
  it.each<[string, Record<string, string>, string | null, string]>([
    ['no value', {}, null, 'empty_message'],
    ['no value, binary', binary.headers, null, 'empty_message'],
    ['white space', {}, ' \n\t', 'empty_message'],
    ['a byte order mark', {}, `\uFEFF${structured}`, 'not_json'],
    ['a byte order mark alone', binary.headers, '\uFEFF', 'empty_message'],
    ['no JSON', {}, 'lead created', 'not_json'],
    ['no JSON in binary mode', binary.headers, 'lead created', 'not_json'],
    ['half a document', {}, structured.slice(0, -5), 'not_json'],
    ['a list', {}, `[${structured}]`, 'not_an_event'],
    ['a text', {}, '"x"', 'not_an_event'],
    ['null', {}, 'null', 'not_an_event'],
    ['__proto__ as attribute', {}, withMember('"__proto__":{"polluted":true}'), 'invalid_attribute_name'],
    [
      '__proto__ as header',
      JSON.parse('{"ce_specversion":"1.0","ce___proto__":"x"}') as Record<string, string>,
      '{}',
      'invalid_attribute_name',
    ],
    ['half a surrogate pair as name', {}, withMember('"a\\ud800":1'), 'invalid_attribute_name'],
    ['an empty name', {}, withMember('"":1'), 'invalid_attribute_name'],
    ['data in base64', {}, withMember('"data_base64":"eA=="'), 'binary_data_unsupported'],
  ])('%s is refused', (_what, headers, value, code) => expect(taken(headers, value)).toBe(code));

  it('says why in text that can be stored', () => {
    for (const value of [
      '\0{',
      '\uD83D{',
      `{"a": "${'🚀'.repeat(50)}" x`,
      `{ "x": ${'\0'.repeat(40)} }`,
      withMember('"\\u0000":1'),
    ]) {
      const decoded = decodeCloudEvent({}, value);
      expect(decoded).toMatchObject({ ok: false, detail: expect.stringMatching(/^[^\0]{10,500}$/) });
      expect(!decoded.ok && decoded.detail.isWellFormed()).toBe(true);
    }
  });

  it.each([
    ['__proto__ inside the data', dataWith('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')],
    ['duplicate keys, of which the last counts', dataWith('{"a":1,"a":2}')],
    ['numbers too large, which are read as infinite', dataWith('{"a":1e400,"b":-1e400}')],
    ['numbers beyond 2^53, which are rounded', dataWith('{"a":9007199254740993,"b":123456789012345678901234567890}')],
    ['minus zero', dataWith('{"a":-0}')],
    ['halves of surrogate pairs', dataWith('{"a\\ud800":"\\udc00"}')],
    ['the character U+0000', dataWith('{"a\\u0000":"\\u0000"}')],
    ['100 000 levels', dataWith(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
  ])('%s is JSON, and read as such', (_what, value) => {
    const decoded = decodeCloudEvent({}, value);
    if (!decoded.ok) throw new Error(decoded.detail);
    expect(Object.getPrototypeOf(decoded.event)).toBe(Object.prototype);
    const data = decoded.event['data'] as object;
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(checkCloudEvent(decoded.event).ok).toBe(true);
    expect(Object.keys(data)).toEqual(Object.keys((JSON.parse(value) as CloudEvent).data));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  const nasty = fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'data',
    'data_base64',
    '',
    '\uD800',
    '\0',
  );
  const key = fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.constantFrom(...Object.keys(event)));
  const scalar = fc.constantFrom(
    '1e400',
    '-0',
    '9007199254740993',
    'null',
    '"\\ud800"',
    '"\\u0000"',
    '""',
    'true',
    '[]',
    '{"__proto__":{"polluted":1}}',
    '{}',
    '"1.0"',
  );
  const json = fc
    .array(fc.tuple(key, scalar), { maxLength: 12 })
    .map((members) => `{${members.map(([name, member]) => `${JSON.stringify(name)}:${member}`).join(',')}}`);
  const value = fc.oneof(
    json,
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constant(null),
    fc.constant(structured),
    json.map((text) => `\uFEFF${text}`),
  );
  const headerName = fc.oneof(
    fc.constantFrom('content-type', 'ce_specversion', 'ce_id', 'traceparent'),
    key.map((name) => `ce_${name}`),
    key,
  );
  const headerText = fc.oneof(
    fc.constantFrom('1.0', 'application/cloudevents+json', 'application/json', ''),
    fc.string({ unit: 'binary' }),
    fc.constant(undefined),
  );
  const headers = fc.dictionary(headerName, headerText, { noNullPrototype: false });

  it('neither makes the decoder throw nor reaches a prototype, whatever it is', () => {
    const untouched = Reflect.ownKeys(Object.prototype).length;
    fc.assert(
      fc.property(headers, value, (given, text) => {
        const decoded = decodeCloudEvent(given, text);
        if (decoded.ok) {
          expect(Object.getPrototypeOf(decoded.event)).toBe(Object.prototype);
          const checked = checkCloudEvent(decoded.event);
          expect(checked.ok || checked.problems.length > 0).toBe(true);
        } else expect([decoded.code, decoded.detail]).not.toContain('');
        expect(Reflect.ownKeys(Object.prototype)).toHaveLength(untouched);
      }),
      { numRuns: 2_000 },
    );
  });
});
