import { canonicalJson, type JsonValue, type ReceivedEvent } from '@flows/contracts';
import { describe, expect, it } from '@jest/globals';
import { comparedValue, isImpossible, keyValueOf, searchKeyOf, searchKeysOf, usableKey } from './event-key.js';

const workspaceId = '0193a000-0000-7000-8000-0000000000aa';
const event = (data: JsonValue): ReceivedEvent => ({
  id: 'e1',
  type: 'lead.created',
  source: '/crm',
  time: '2026-11-24T12:00:00Z',
  subject: 'l1',
  data,
});

describe('keyValueOf', () => {
  const given = event({ lead: { id: 'l1', n: 1.0, b: { y: 2, x: null } }, list: [{ id: 7 }], none: null });
  it.each([
    [['subject'], '"l1"'],
    [['data', 'lead', 'id'], '"l1"'],
    [['data', 'lead', 'n'], '1'],
    [['data', 'lead', 'b'], '{"x":null,"y":2}'],
    [['data', 'list', '0', 'id'], '7'],
    [['data', 'none'], 'null'],
    [['data', 'absent'], null],
    [['data', 'none', 'x'], null],
    [['data', 'lead', 'id', '0'], null],
    [['data', 'constructor'], null],
    [['data', '__proto__', 'x'], null],
  ])('%j is %s', (path, expected) => expect(keyValueOf(given, path)).toBe(expected));
});

describe('usableKey', () => {
  it.each([
    ['no correlation', null, null],
    ['a path longer than an index entry takes', ['data', 'x'.repeat(300)], '1'],
    ['a path that no text of the database holds', ['data', 'a\0'], '1'],
    ['half a surrogate pair', ['data', '\ud800'], '1'],
  ])('%s: every event of the type is tried', (_, path, value) => expect(usableKey(path, value)).toBeNull());

  it('compares long values by their hash', () => {
    const long = canonicalJson('x'.repeat(10_000));
    expect(comparedValue(long)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(comparedValue('"x"')).toBe('"x"');
  });

  it('knows a value that no event has', () => {
    expect(isImpossible({ path: ['data'], value: canonicalJson('a\0') })).toBe(true);
    expect(isImpossible({ path: ['data'], value: canonicalJson('\\u0000') })).toBe(false);
  });
});

describe('searchKeysOf', () => {
  it('has the key of every text and number that a wait may correlate with', () => {
    const given = event({ lead: { id: 'l1', n: 1 }, list: [{ id: 7 }, true], flag: false, text: 'x'.repeat(1_000) });
    const keys = searchKeysOf(workspaceId, given) ?? [];
    const paths = [['subject'], ['data', 'lead', 'id'], ['data', 'lead', 'n'], ['data', 'list', '0', 'id'], ['data', 'text']];
    const expected = paths.map((path) => searchKeyOf(workspaceId, { path, value: keyValueOf(given, path) as string }));
    expect(expected).not.toContain(null);
    expect(new Set(keys)).toEqual(new Set(expected));
    for (const key of keys) expect(key).toBe(key | 0);
  });

  it('has none for values by which too many events would be found', () => {
    for (const [path, value] of [
      [['data', 'flag'], 'true'],
      [['data', 'list'], '[]'],
      [['data', 'none'], 'null'],
      [['type'], '"lead.created"'],
      [['source'], '"/crm"'],
    ] as const)
      expect(searchKeyOf(workspaceId, { path, value })).toBeNull();
  });

  it('gives up an event with too many', () => {
    expect(searchKeysOf(workspaceId, event(Array.from({ length: 300 }, (_, n) => n)))).toBeNull();
  });
});
