import { describe, expect, it } from '@jest/globals';
import { agent, chain, edge, flow, noop, transform } from '../testing/flows.js';
import { RunDriver, START } from '../testing/run-driver.js';

const ask = (more: object = {}) => ({ id: 'ask', type: 'approval', input: { lead: '${ payload.lead }' }, ...more });
const cost = { amount: 0.5, currency: 'USD', tokens: 7 };

describe('an approval step', () => {
  const plan = flow(
    [ask({ assignees: ['ada'] }), noop('send', { input: '${ steps.ask.output.decision }' })],
    chain('ask', 'send'),
  );

  it('shows a person what is decided on, and waits without an end', () => {
    const run = new RunDriver(plan, { lead: 'bob' }).start();
    expect(run.state).toMatchObject({ status: 'waiting', parked: 1, inFlight: 0 });
    expect(run.asked('ask')).toMatchObject({ stage: 'step', artefact: { lead: 'bob' }, assignees: ['ada'], on_due: 'reject' });
    expect(run.open.map(({ type }) => type)).toEqual(['approval.open']);
  });

  it.each(['approved', 'rejected'] as const)('goes on when %s: the decision is its output', (decision) => {
    const run = new RunDriver(plan, { lead: 'bob' }).start();
    run.now += 1_000;
    run.decideOn('ask', decision);
    expect(run.state.steps.get('ask')?.output).toEqual({
      decision,
      by: 'ada',
      at: new Date(START + 1_000).toISOString(),
      comment: null,
    });
    expect(run.state.steps.get('send')?.scheduled?.input).toBe(decision);
    expect(run.open.some((command) => command.type === 'approval.close')).toBe(true);
  });

  it('takes the first decision only, and none on another question', () => {
    const run = new RunDriver(plan, { lead: 'bob' }).start();
    const id = run.asked('ask')?.approval_id ?? '';
    expect(run.decideOn('ask', 'approved', 'apr_other')).toEqual({ kind: 'ignored', reason: 'not_waiting' });
    run.decideOn('ask', 'rejected');
    expect(run.decideOn('ask', 'approved', id)).toEqual({ kind: 'ignored', reason: 'not_waiting' });
    expect(run.decideOn('ask', 'rejected', id)).toEqual({ kind: 'ignored', reason: 'not_waiting' });
  });

  it('fails with its place when what is decided on cannot be mapped', () => {
    const run = new RunDriver(plan, {}).start();
    expect(run.state).toMatchObject({ status: 'failed', error: { step_id: 'ask' } });
  });

  it.each([
    ['reject', 'completed', 'rejected'],
    ['approve', 'completed', 'approved'],
    ['fail', 'failed', undefined],
  ])('that is due does what on_due says: %s', (on_due, status, decision) => {
    const run = new RunDriver(flow([ask({ due: '2d', on_due })]), { lead: 'bob' }).start();
    const timer = run.state.steps.get('ask')?.timer;
    expect(timer).toEqual({ id: 'due:ask', dueAt: START + 172_800_000 });
    run.now = START + 172_800_000;
    run.fire('due:ask');
    expect(run.state.status).toBe(status);
    expect(run.factsOf('step.approval_decided')[0]?.data).toMatchObject({ by: 'due', expired: true });
    if (decision !== undefined) expect(run.state.output).toMatchObject({ decision, by: 'due' });
    else expect(run.state.error).toMatchObject({ code: 'approval_overdue', step_id: 'ask' });
    expect(run.fire('due:ask')).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });

  it('that fails overdue goes where on_error says', () => {
    const run = new RunDriver(flow([ask({ due: '1h', on_due: 'fail', on_error: { goto: 'late' } }), transform('late')]), {
      lead: 'bob',
    }).start();
    run.fire('due:ask');
    expect(run.state).toMatchObject({ status: 'completed', output: 'late', viaFallback: true });
  });

  it('asks anew under another id after a retry: a late decision on the old question counts for nothing', () => {
    const run = new RunDriver(flow([ask({ due: '1h' }), noop('b')]), { lead: 'bob' }).start();
    const first = run.asked('ask')?.approval_id ?? '';
    run.fail('b');
    run.retry();
    run.start();
    const second = run.asked('ask')?.approval_id ?? '';
    expect(second).not.toBe(first);
    expect(run.decideOn('ask', 'approved', first)).toEqual({ kind: 'ignored', reason: 'not_waiting' });
    expect(run.state.steps.get('ask')?.timer?.id).toBe('due:ask:1');
    expect(run.fire('due:ask')).toEqual({ kind: 'ignored', reason: 'timer_not_armed' });
    expect(run.decideOn('ask', 'approved').kind).toBe('decided');
  });
});

describe('a two-stage connector', () => {
  const plan = flow(
    [noop('send', { input: { to: '${ payload.to }' }, approval: { due: '1h' } }), transform('after')],
    chain('send', 'after'),
  );

  it('sends nothing before the approval, and then what was approved', () => {
    const run = new RunDriver(plan, { to: 'bob' }).start();
    expect(run.commanded()).toEqual([]);
    expect(run.asked('send')).toMatchObject({ stage: 'input', artefact: { to: 'bob' } });
    run.decideOn('send', 'approved');
    expect(run.state.steps.get('send')?.scheduled).toMatchObject({ attempt: 1, input: { to: 'bob' } });
    run.complete('send', 'sent');
    expect(run.state).toMatchObject({ status: 'completed' });
    expect(run.factsOf('step.completed')[0]?.data).toMatchObject({ approval: 'approved', output: 'sent' });
  });

  it('has no effect when rejected, and its path ends', () => {
    const run = new RunDriver(plan, { to: 'bob' }).start();
    run.decideOn('send', 'rejected');
    expect(run.commanded()).toEqual([]);
    expect(run.statuses()).toEqual({ send: 'completed', after: 'skipped' });
    expect(run.state).toMatchObject({ status: 'completed', output: null });
    expect(run.factsOf('step.completed')[0]?.data).toEqual({ output: null, approval: 'rejected', live_edges: [] });
  });

  it('retries after the approval without asking again', () => {
    const run = new RunDriver(plan, { to: 'bob' }).start();
    run.decideOn('send', 'approved');
    run.fail('send', 'busy', 'retryable');
    run.fire('retry:send:1');
    expect(run.state.steps.get('send')).toMatchObject({ status: 'scheduled', attempt: 2, wait: null });
    expect(run.factsOf('step.awaiting_approval')).toHaveLength(1);
  });

  it('due: rejects by default', () => {
    const run = new RunDriver(plan, { to: 'bob' }).start();
    run.fire('due:send');
    expect(run.state).toMatchObject({ status: 'completed', output: null });
    expect(run.commanded()).toEqual([]);
  });
});

describe('a two-stage agent', () => {
  const plan = flow(
    [agent('write', { approval: true }), transform('after', '${ steps.write.output }')],
    [edge('write', 'after')],
  );
  const answered = () => {
    const run = new RunDriver(plan).start();
    run.report('write', { status: 'completed', output: 'draft', cost, effects: [{ a: 1 }] });
    return run;
  };

  it('works, and shows its answer before anything follows', () => {
    const run = answered();
    expect(run.state).toMatchObject({ status: 'waiting', cost });
    expect(run.asked('write')).toMatchObject({ stage: 'output', artefact: 'draft', attempt: 1, cost });
    expect(run.statuses()).toEqual({ write: 'waiting' });
    expect(run.complete('write', 'again')).toEqual({ kind: 'ignored', reason: 'attempt_not_open' });
  });

  it('approved: the answer is the output, and its cost counts once', () => {
    const run = answered();
    run.decideOn('write', 'approved');
    expect(run.state).toMatchObject({ status: 'completed', output: 'draft', cost });
    expect(run.factsOf('step.completed')[0]?.data).toMatchObject({ attempt: 1, approval: 'approved', executor: 'bench', cost });
  });

  it('rejected: no output, the path ends, its cost is kept', () => {
    const run = answered();
    run.decideOn('write', 'rejected');
    expect(run.state).toMatchObject({ status: 'completed', output: null, cost });
    expect(run.statuses()).toEqual({ write: 'completed', after: 'skipped' });
  });
});
