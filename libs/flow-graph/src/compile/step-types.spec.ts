import { describe, expect, it } from '@jest/globals';
import type { EventContext, FlowPlan, PlannedStep, PlannedWait } from '../plan/flow-plan.js';
import type { FlowProblem } from '../plan/problem.js';
import { compileFlow } from './compile-flow.js';

function compiled(definition: object): { plan: FlowPlan; warnings: FlowProblem[] } {
  const result = compileFlow(definition);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  return result;
}
const planned = (step: object): PlannedStep =>
  compiled({ graph: { steps: [{ id: 'x', ...step }], edges: [] } }).plan.step.get('x') as PlannedStep;
const eventWait = (event: object): Extract<PlannedWait, { kind: 'event' }> =>
  planned({ type: 'wait', event: { type: 'lead.updated', ...event } }).wait as Extract<PlannedWait, { kind: 'event' }>;
const warningsOf = (step: object): string[] =>
  compiled({ graph: { steps: [{ id: 'x', ...step }], edges: [] } }).warnings.map(({ code, pointer }) => `${code} ${pointer}`);

const CONTEXT: EventContext = {
  payload: { lead: { id: 'l1' }, at: '2026-12-01T09:00' },
  inputs: {},
  trigger: null,
  run: { id: 'r', started_at: '2026-03-01T09:30:00Z', workflow_id: 'w', version: 1 },
  steps: {},
  event: { type: 'lead.updated', data: { lead: 'l1', n: 3 } },
};

describe('a wait', () => {
  it('for a time', () => {
    expect(planned({ type: 'wait', for: '1h30m' })).toMatchObject({
      wait: { kind: 'for', ms: 5_400_000 },
      timeoutMs: 0,
      mapping: null,
    });
  });

  it('until a moment, in UTC unless it says a zone', () => {
    const wait = planned({ type: 'wait', until: 'payload.at', timezone: 'Europe/Berlin' }).wait as Extract<
      PlannedWait,
      { kind: 'until' }
    >;
    expect(wait).toMatchObject({ kind: 'until', timezone: 'Europe/Berlin' });
    expect(wait.at.evaluate(CONTEXT)).toEqual({ ok: true, value: '2026-12-01T09:00' });
    expect(planned({ type: 'wait', until: 'timestamp(run.started_at) + duration("2d")' }).wait).toMatchObject({
      timezone: 'UTC',
    });
    expect(planned({ type: 'wait', until: '"2026-12-01"' }).wait).toMatchObject({ kind: 'until' });
  });

  it('for an event, since the run began and without end unless it says otherwise', () => {
    expect(eventWait({})).toEqual({
      kind: 'event',
      eventType: 'lead.updated',
      match: null,
      correlation: null,
      timeoutMs: null,
      since: { kind: 'run' },
    });
    expect(eventWait({ type: 'lead.*', timeout: '3d', since: 'step' })).toMatchObject({
      eventType: 'lead.*',
      timeoutMs: 3 * 86_400_000,
      since: { kind: 'step' },
    });
    expect(eventWait({ since: '1h' }).since).toEqual({ kind: 'back', ms: 3_600_000 });
  });

  it('matches events by the run and the event', () => {
    const { match } = eventWait({ match: 'event.data.lead == payload.lead.id && event.data.n > 2' });
    expect(match?.test(CONTEXT)).toEqual({ ok: true, value: true });
    expect(match?.test({ ...CONTEXT, event: { data: { lead: 'l2', n: 3 } } })).toEqual({ ok: true, value: false });
  });
});

describe('the correlation of a wait', () => {
  const correlationOf = (match: string): [string, unknown] | null => {
    const { correlation } = eventWait({ match });
    if (correlation === null) return null;
    return [correlation.path.join('.'), correlation.value.evaluate(CONTEXT)];
  };
  const lead = { ok: true, value: 'l1' };

  it.each([
    ['event.data.lead == payload.lead.id', ['data.lead', lead]],
    ['payload.lead.id == event.data.lead', ['data.lead', lead]],
    ['event.data["lead"] == payload.lead.id', ['data.lead', lead]],
    ['event.data.n > 2 && (event.subject == payload.lead.id && event.data.lead == payload.lead.id)', ['subject', lead]],
    ['event.data.lead == ("l" + string(1))', ['data.lead', lead]],
    ['event.data.lead == ((payload.at == "x") ? "l2" : payload.lead.id) && true', ['data.lead', lead]],
    ['event.data.kind == "won" && event.data.lead == payload.lead.id', ['data.lead', lead]],
    ['event.data.kind == "won"', ['data.kind', { ok: true, value: 'won' }]],
    ['event.data.kind == "won" && event.data.n == 3', ['data.kind', { ok: true, value: 'won' }]],
  ] as const)('%s', (match, expected) => expect(correlationOf(match)).toEqual(expected));

  it.each([
    'event.data.n > 2',
    'event.data.lead != payload.lead.id',
    'event.data.lead == payload.lead.id || event.data.n == 1',
    '!(event.data.lead == payload.lead.id)',
    'event.data.lead == event.subject',
    'event.data.list[0] == payload.lead.id',
    'event.data[payload.at] == payload.lead.id',
    'event == payload.lead',
    'event.data.lead.size() == payload.n',
    'event.data.list == ["a"]',
    'event.data.at == timestamp("2026-03-01T09:30:00Z")',
    'event.data.lead == null',
    'event.data.x == payload.list.exists(event, event == 1)',
    'payload.list.exists(l, event.data.lead == l)',
  ])('is none for %s', (match) => expect(correlationOf(match)).toBeNull());
});

describe('an approval', () => {
  it('waits for anybody without end, and rejects when the time is up, unless it says otherwise', () => {
    expect(planned({ type: 'approval' })).toMatchObject({
      approval: { assignees: [], dueMs: null, onDue: 'reject' },
      timeoutMs: 0,
      wait: null,
    });
    const full = planned({
      type: 'approval',
      assignees: ['ann'],
      due: '2d',
      on_due: 'approve',
      input: { id: '${ payload.lead.id }' },
    });
    expect(full.approval).toEqual({ assignees: ['ann'], dueMs: 2 * 86_400_000, onDue: 'approve' });
    expect(full.mapping?.resolve(CONTEXT)).toEqual({ ok: true, value: { id: 'l1' } });
  });

  it('is the second stage of an agent or a connector', () => {
    const agent = (approval: unknown): PlannedStep => planned({ type: 'agent', agent: 'writer', approval });
    expect(agent(true).approval).toEqual({ assignees: [], dueMs: null, onDue: 'reject' });
    expect(agent(false).approval).toBeNull();
    expect(planned({ type: 'agent', agent: 'writer' }).approval).toBeNull();
    const connector = { type: 'connector', connection: 'crm', action: 'x', approval: { due: '1h', on_due: 'fail' } };
    expect(planned(connector).approval).toEqual({ assignees: [], dueMs: 3_600_000, onDue: 'fail' });
  });

  it('warns of a decision for a time that is never up', () => {
    expect(warningsOf({ type: 'approval', on_due: 'approve' })).toEqual(['unused_on_due #/graph/steps/0/on_due']);
    expect(warningsOf({ type: 'agent', agent: 'a', approval: { on_due: 'fail' } })).toEqual([
      'unused_on_due #/graph/steps/0/approval/on_due',
    ]);
  });
});

describe('code', () => {
  const source = 'export default (input) => input';

  it('has ten seconds an attempt unless it says otherwise', () => {
    const step = planned({ type: 'code', source, input: { id: '${ payload.lead.id }' } });
    expect(step.timeoutMs).toBe(10_000);
    expect(step.mapping?.resolve(CONTEXT)).toEqual({ ok: true, value: { id: 'l1' } });
    expect(planned({ type: 'code', source, timeout: '60s' }).timeoutMs).toBe(60_000);
  });
});

describe('a flow in a flow', () => {
  it('has its input as the payload of the other', () => {
    const step = planned({ type: 'flow', workflow: 'Onboarding', input: { id: '${ payload.lead.id }' }, on_error: 'continue' });
    expect(step).toMatchObject({ timeoutMs: 0, onError: 'continue', wait: null, approval: null, foreach: null });
    expect(step.mapping?.resolve(CONTEXT)).toEqual({ ok: true, value: { id: 'l1' } });
    expect(planned({ type: 'flow', workflow: 'Onboarding', wait: false }).mapping?.resolve(CONTEXT)).toEqual({
      ok: true,
      value: {},
    });
  });
});

it('caps the attempts of a step together where it says so', () => {
  expect(planned({ type: 'agent', agent: 'a', retry: { max_elapsed: '1h' } }).retry.maxElapsedMs).toBe(3_600_000);
  expect(planned({ type: 'agent', agent: 'a' }).retry.maxElapsedMs).toBeNull();
});

describe('settings', () => {
  const step = (id: string, output: unknown = 1): object => ({ id, type: 'transform', output });

  it('have defaults', () => {
    const { plan } = compiled({ graph: { steps: [step('a')], edges: [] } });
    expect(plan).toMatchObject({ onCancel: null, concurrency: null, priority: 0, onReauth: 'wait' });
    expect(plan.cleanup.size).toBe(0);
  });

  it('share a limit by a key, which is always a text', () => {
    const key = (text: string): unknown =>
      compiled({
        graph: { steps: [step('a')], edges: [] },
        settings: { concurrency: { limit: 5, key: text } },
      }).plan.concurrency?.key?.resolve({ payload: { n: 7 }, inputs: { team: 'x' }, trigger: { type: 'api' } });
    expect(key('${ payload.n }')).toEqual({ ok: true, value: '7' });
    expect(key('${ inputs.team }/${ trigger.type }')).toEqual({ ok: true, value: 'x/api' });
    expect(
      compiled({ graph: { steps: [step('a')], edges: [] }, settings: { concurrency: { limit: 5 } } }).plan.concurrency,
    ).toEqual({
      limit: 5,
      key: null,
    });
  });

  /*
   *   a ──► b          undo ──► tell        only when the run is cancelled
   */
  it('set apart what runs when the run is cancelled, which sees all that may have happened', () => {
    const { plan, warnings } = compiled({
      graph: {
        steps: [
          step('undo', '${ default(steps.b.output, 0) }'),
          step('a'),
          step('b'),
          step('tell', ['${ steps.a.status }', '${ steps.undo.output }']),
        ],
        edges: [
          { from: 'a', to: 'b' },
          { from: 'undo', to: 'tell', condition: 'steps.b.status == "completed"' },
        ],
      },
      settings: { on_cancel: { goto: 'undo' } },
    });
    expect(plan.onCancel).toBe(plan.step.get('undo'));
    expect([...plan.cleanup].sort()).toEqual(['tell', 'undo']);
    expect(plan.starts.map(({ id }) => id)).toEqual(['a']);
    expect(warnings).toEqual([]);
  });

  it('let items of a cleanup step see all that may have happened', () => {
    const each = {
      id: 'undo',
      type: 'foreach',
      items: 'steps.a.output',
      graph: { steps: [step('x', '${ steps.a.output }')], edges: [] },
    };
    const { plan } = compiled({ graph: { steps: [step('a'), each], edges: [] }, settings: { on_cancel: { goto: 'undo' } } });
    expect(plan.onCancel?.foreach?.outerSteps).toEqual(['a']);
  });
});

describe('what is known of outputs', () => {
  it('warns of keys that an event does not list', () => {
    expect(warningsOf({ type: 'wait', event: { type: 'x', match: 'event.lead_id == "1" && event.data.x == 1' } })).toEqual([
      'unlisted_reference #/graph/steps/0/event/match',
    ]);
  });
});
