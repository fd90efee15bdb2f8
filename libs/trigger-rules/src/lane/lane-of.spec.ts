import { describe, expect, it } from '@jest/globals';
import type { JsonValue } from '@flows/contracts';
import { compileFlow } from '@flows/flow-graph';
import { keyOfLane, laneOf, MAX_KEY_CHARACTERS, type LaneTerms } from './lane-of.js';

const workflowId = '01890a5d-ac96-774b-bcce-b302099a8057';

function termsOf(concurrency: object | undefined): LaneTerms {
  const flow = compileFlow({
    settings: { ...(concurrency === undefined ? {} : { concurrency }) },
    inputs: { region: 'eu' },
    graph: { steps: [{ id: 'a', type: 'transform', output: 1 }], edges: [] },
  });
  if (!flow.ok) throw new Error(JSON.stringify(flow.problems));
  return flow.plan;
}
const laneFor = (concurrency: object | undefined, payload: JsonValue) =>
  laneOf(termsOf(concurrency), { workflowId, payload, trigger: { type: 'crm_event', event_id: 'e1' } });

describe('laneOf', () => {
  it('is no lane where the workflow does not limit its concurrency', () => {
    expect(laneFor(undefined, {})).toEqual({ ok: true, lane: null });
  });

  it('is one lane of the workflow without a key', () => {
    expect(laneFor({ limit: 3 }, { any: 1 })).toEqual({ ok: true, lane: { name: workflowId, limit: 3 } });
  });

  it.each<[string, JsonValue, string]>([
    ['${ payload.company }', { company: 'acme' }, 'acme'],
    ['${ payload.company }', { company: 7 }, '7'],
    ['${ payload.company }', { company: null }, ''],
    ['${ payload.company }', { company: true }, 'true'],
    ['${ inputs.region }/${ payload.company }:${ trigger.event_id }', { company: 'a:b' }, 'eu/a:b:e1'],
  ])('%s of %j is the lane %s', (key, payload, expected) => {
    const result = laneFor({ limit: 1, key }, payload);
    expect(result).toEqual({ ok: true, lane: { name: `${workflowId}:${expected}`, limit: 1 } });
    expect(keyOfLane(`${workflowId}:${expected}`)).toBe(expected);
  });

  it('says why there is none when the key fails, is too long, or cannot be stored', () => {
    const key = '${ payload.company }';
    expect(laneFor({ limit: 1, key }, {})).toMatchObject({
      ok: false,
      code: 'concurrency_key_failed',
      message: expect.stringContaining('payload.company'),
    });
    const long = laneFor({ limit: 1, key }, { company: 'x'.repeat(MAX_KEY_CHARACTERS + 1) });
    expect(long).toMatchObject({ ok: false, message: expect.stringContaining('501 characters') });
    expect(laneFor({ limit: 1, key }, { company: 'a\0b' })).toMatchObject({ ok: false });
  });

  it('has no key in a name without one', () => expect(keyOfLane(workflowId)).toBeNull());
});
