import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { deriveRunId, timeOfEvent } from './derive-run-id.js';

describe('deriveRunId', () => {
  const at = Date.UTC(2026, 10, 24);
  it('is a UUIDv7 of its time, the same for the same names', () => {
    const id = deriveRunId('t', '/crm', 'e1', at);
    expect([validate(id), version(id)]).toEqual([true, 7]);
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at);
    expect(deriveRunId('t', '/crm', 'e1', at)).toBe(id);
  });
  it('differs when any name does, wherever one ends and the next begins', () => {
    const ids = [
      ['t', 's', 'e'],
      ['t2', 's', 'e'],
      ['t', 's2', 'e'],
      ['t', 's', 'e2'],
      ['ts', '', 'e'],
      ['t', 'se', ''],
    ].map(([t, s, e]) => deriveRunId(t ?? '', s ?? '', e ?? '', at));
    expect(new Set(ids).size).toBe(ids.length);
  });
  it.each([-1, 0, 2 ** 60])('bears the odd time %d', (time) => expect(validate(deriveRunId('t', 's', 'e', time))).toBe(true));
});

describe('timeOfEvent', () => {
  const record = Date.UTC(2026, 10, 24, 12);
  it.each([
    ['2026-11-24T11:59:00Z', Date.UTC(2026, 10, 24, 11, 59)],
    ['2026-11-22T11:59:00Z', record],
    ['2027-01-01T00:00:00Z', record],
    ['nonsense', record],
    [undefined, record],
  ])('%s', (claimed, expected) => expect(timeOfEvent(claimed, record)).toBe(expected));
});
