import type { CloudEvent, JsonObject } from '@flows/contracts';
import { describe, expect, it } from '@jest/globals';
import { compileTrigger, type Trigger } from '../compile-trigger.js';
import type { TriggerRow } from '../trigger-row.js';
import { MAX_CAUSATION_DEPTH, matchTrigger, refuseBroken } from './match-trigger.js';

const row: TriggerRow = {
  id: '0193a000-0000-7000-8000-000000000001',
  workspaceId: '0193a000-0000-7000-8000-0000000000aa',
  workflowId: '0193a000-0000-7000-8000-0000000000bb',
  name: 'New leads',
  type: 'crm_event',
  enabled: true,
  eventType: 'lead.*',
  source: null,
  filter: null,
  mapping: null,
};
const event = (data: JsonObject, more: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: '1.0',
  id: 'e1',
  source: '/crm',
  type: 'lead.created',
  workspaceid: row.workspaceId,
  data,
  ...more,
});
function trigger(over: Partial<TriggerRow>): Trigger {
  const compiled = compileTrigger({ ...row, ...over });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.trigger;
}

describe('compileTrigger', () => {
  it('reports every problem with its pointer', () => {
    const compiled = compileTrigger({
      ...row,
      eventType: 'lead.*.x',
      filter: 'event.data.',
      mapping: { lead: { id: '${ payload.id }', ok: '${ event.id }' } },
    });
    expect(compiled).toMatchObject({
      ok: false,
      problems: [{ pointer: '#/event_type' }, { pointer: '#/filter' }, { pointer: '#/mapping/lead/id' }],
    });
  });
  it('refuses a filter that can never be true or false', () => {
    expect(compileTrigger({ ...row, filter: '"yes"' })).toMatchObject({
      ok: false,
      problems: [{ pointer: '#/filter', code: 'type_mismatch' }],
    });
  });
});

describe('matchTrigger', () => {
  it('maps by default to the type and the data', () => {
    expect(matchTrigger(trigger({}), event({ lead_id: 'l1' }))).toMatchObject({
      verdict: 'started',
      payload: { event: 'lead.created', lead_id: 'l1' },
      causationDepth: 0,
    });
  });
  it('maps by the mapping, keeping types', () => {
    const mapped = matchTrigger(
      trigger({ mapping: { id: '${ event.data.lead_id }', n: '${ event.data.n }', by: 'from ${ event.source }' } }),
      event({ lead_id: 'l1', n: 3 }),
    );
    expect(mapped).toMatchObject({ verdict: 'started', payload: { id: 'l1', n: 3, by: 'from /crm' } });
  });
  it('says that the mapping failed, where and why', () => {
    expect(matchTrigger(trigger({ mapping: { id: '${ event.data.lead_id }' } }), event({}))).toMatchObject({
      verdict: 'mapping_failed',
      reason: expect.stringMatching(/id.*event\.data\.lead_id/s),
      details: { code: 'no_such_key' },
    });
  });
  it('names the first false clause with the values that it saw', () => {
    const filtered = matchTrigger(
      trigger({ filter: 'event.data.tier == "gold" && event.data.score >= 50 && event.data.country in ["AT", "DE"]' }),
      event({ tier: 'gold', score: 12, country: 'FR' }),
    );
    expect(filtered).toEqual({
      verdict: 'filtered',
      reason: 'Not true: event.data.score >= 50 (event.data.score is 12)',
      details: { clause: 'event.data.score >= 50', values: { 'event.data.score': 12 }, absent: [] },
    });
  });
  it('names what is absent', () => {
    expect(matchTrigger(trigger({ filter: 'has(event.data.email)' }), event({}))).toMatchObject({
      verdict: 'filtered',
      reason: 'Not true: has(event.data.email) (event.data.email is absent)',
      details: { absent: ['event.data.email'], values: {} },
    });
  });
  it('lets a false clause decide although an earlier one cannot be evaluated, as CEL has it', () => {
    expect(matchTrigger(trigger({ filter: 'event.data.score > 1 && event.type == "lead.updated"' }), event({}))).toMatchObject({
      verdict: 'filtered',
      details: { clause: 'event.type == "lead.updated"', values: { 'event.type': 'lead.created' } },
    });
  });
  it('says error, not filtered, when the filter cannot be evaluated', () => {
    expect(matchTrigger(trigger({ filter: 'event.data.score >= 50' }), event({}))).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('event.data.score'),
      details: { code: 'no_such_key', absent: ['event.data.score'] },
    });
  });
  it('shortens what is long and masks what is secret', () => {
    const filter = 'event.data.text == "a" || event.data.list == [] || event.data.api_token == "b"';
    const filtered = matchTrigger(
      trigger({ filter }),
      event({ text: 'x'.repeat(500), list: Array(1000).fill(1), api_token: 'hidden' }),
    );
    expect(filtered.details['values']).toEqual({
      'event.data.text': `${'x'.repeat(200)}…`,
      'event.data.list': 'a list of 1000',
      'event.data.api_token': '***',
    });
    expect(JSON.stringify(filtered)).not.toContain('hidden');
  });
  it('is disabled before anything else', () => {
    expect(matchTrigger(trigger({ enabled: false, filter: 'false' }), event({}))).toMatchObject({
      verdict: 'disabled',
      details: { code: 'trigger_disabled' },
    });
  });
  it('filters by source, kind of topic and event type, saying which', () => {
    expect(matchTrigger(trigger({ source: '/other' }), event({}))).toMatchObject({
      verdict: 'filtered',
      details: { clause: 'source', expected: '/other', actual: '/crm' },
    });
    expect(matchTrigger(trigger({}), event({}), 'connector_event')).toMatchObject({
      verdict: 'filtered',
      details: { clause: 'type' },
    });
    expect(matchTrigger(trigger({ eventType: 'deal.*' }), event({}))).toMatchObject({
      verdict: 'filtered',
      details: { clause: 'event_type' },
    });
  });
  it('stops a chain of flows that cause each other', () => {
    expect(matchTrigger(trigger({}), event({}, { causationdepth: MAX_CAUSATION_DEPTH - 1 }))).toMatchObject({
      verdict: 'started',
      causationDepth: MAX_CAUSATION_DEPTH,
    });
    expect(matchTrigger(trigger({}), event({}, { causationdepth: MAX_CAUSATION_DEPTH, causationid: 'run_1' }))).toMatchObject({
      verdict: 'loop',
      details: { code: 'causation_depth_exceeded', causationid: 'run_1' },
    });
  });
  it('tells a broken trigger to its author', () => {
    expect(refuseBroken([{ pointer: '#/filter', code: 'invalid_expression', message: 'no' }])).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('#/filter: no'),
    });
  });
});
