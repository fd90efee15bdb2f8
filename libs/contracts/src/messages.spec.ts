import { describe, expect, it } from '@jest/globals';
import { RunInputSchema, type RunInput } from './run-inputs/run-input.js';
import { decodeRunInput, internalHeaders } from './messages.js';

const nudged: RunInput = {
  type: 'run.nudged',
  id: 'ndg:1',
  run_id: '0193a000-0000-7000-8000-000000000001',
  workspace_id: '0193a000-0000-7000-8000-0000000000aa',
  at: 1,
};
const placesOf = (value: unknown): string[] => {
  const decoded = decodeRunInput(value);
  return decoded.ok ? [] : decoded.problems.map(({ pointer, code }) => `${pointer} ${code}`);
};

describe('decodeRunInput', () => {
  it('knows every type of the union', () => {
    for (const { properties } of RunInputSchema.anyOf) {
      expect(placesOf({ type: properties.type.const })).not.toContain('#/type enum');
    }
    expect(decodeRunInput(nudged)).toEqual({ ok: true, value: nudged });
  });

  it('names the field of the input that was meant', () => {
    expect(placesOf({ ...nudged, run_id: 'x' })).toEqual(['#/run_id format']);
    const outcome = { status: 'failed', error: { code: '', message: '', class: 'timeout', origin: 'executor' } };
    expect(
      placesOf({ ...nudged, type: 'step.reported', step_id: 's', attempt: 1, started_at: 1, executor: 'e', outcome }),
    ).toContain('#/outcome/error/code minLength');
  });

  it('ignores what it does not know, at any depth', () => {
    const error = { code: 'c', message: '', class: 'timeout', origin: 'executor', later: 1 };
    const reported = { ...nudged, type: 'step.reported', step_id: 's', attempt: 1, started_at: 1, executor: 'e', later: 1 };
    expect(placesOf({ ...reported, outcome: { status: 'failed', error, later: 1 } })).toEqual([]);
    expect(
      placesOf({
        ...reported,
        outcome: { status: 'completed', output: 1, cost: { amount: 1, currency: 'USD', tokens: 1, later: 1 }, later: 1 },
      }),
    ).toEqual([]);
    const requested = {
      ...nudged,
      type: 'run.requested',
      workflow_id: nudged.run_id,
      version: 1,
      payload: {},
      created_at: 1,
      later: 1,
    };
    expect(placesOf({ ...requested, trigger: { type: 'api', later: 1 } })).toEqual([]);
  });

  it('takes no time that RFC 3339 cannot write', () => {
    expect(placesOf({ ...nudged, at: Date.parse('9999-12-31T23:59:59.999Z') })).toEqual([]);
    expect(placesOf({ ...nudged, at: Date.parse('9999-12-31T23:59:59.999Z') + 1 })).toEqual(['#/at maximum']);
  });

  it.each<[unknown, string]>([
    [null, '# type'],
    ['x', '# type'],
    [[], '#/type required'],
    [{}, '#/type required'],
    [{ type: 1 }, '#/type enum'],
    [{ type: 'run.paused' }, '#/type enum'],
    ...['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__'].map(
      (type): [unknown, string] => [{ ...nudged, type }, '#/type enum'],
    ),
  ])('refuses %j', (value, place) => expect(placesOf(value)).toEqual([place]));
});

describe('internalHeaders', () => {
  it('is CloudEvents binary mode, with the trace where there is one', () => {
    const headers = {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: 'i',
      ce_source: '/s',
      ce_type: 't',
      ce_workspaceid: 'w',
    };
    expect(internalHeaders('t', 'i', '/s', 'w')).toEqual(headers);
    expect(internalHeaders('t', 'i', '/s', 'w', 'trace')).toEqual({ ...headers, traceparent: 'trace' });
  });
});
