import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonValue } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { commandOf, nextAttempt } from './command.builder.js';
import { ExecutorHarness } from './executor.harness.js';

let harness: ExecutorHarness;
beforeAll(async () => {
  harness = await ExecutorHarness.start('executor_code');
  await harness.startExecutor({ EXECUTOR_CODE_THREADS: '2' });
}, 60_000);
afterAll(() => harness.close());

const code = (source: string, input: JsonValue = null, timeoutMs = 5_000) =>
  commandOf({ workspaceId: harness.workspaceId, work: { kind: 'code', source }, input, timeoutMs });

describe('a code step', () => {
  it('maps its input, without a trace in the ledger', async () => {
    const one = code('export default async ({ lead }) => ({ name: lead.name.trim() })', { lead: { name: ' Ada ' } });
    await harness.send('connector', one);
    const { outcome } = await harness.reportOf(one);
    expect(outcome).toEqual({ status: 'completed', output: { name: 'Ada' } });
    expect(await harness.effect(one)).toBeUndefined();
  });

  it('ends at its deadline with class timeout, while others go on', async () => {
    const looping = code('export default () => { for (;;); }', null, 1_500);
    const quick = code('export default () => 1');
    await harness.send('connector', looping, quick);
    expect((await harness.reportOf(quick)).outcome).toMatchObject({ output: 1 });
    expect(harness.reportsOf(looping)).toEqual([]);
    expect((await harness.reportOf(looping)).outcome).toMatchObject({
      status: 'failed',
      error: { code: 'code_timeout', class: 'timeout', origin: 'executor' },
    });
    const again = nextAttempt(code('export default () => 2'));
    await harness.send('connector', again);
    expect((await harness.reportOf(again)).outcome).toMatchObject({ output: 2 });
  });

  it('fails with the line of its error and what it wrote', async () => {
    const one = code('export default (input) => {\n  console.log("got", input);\n  return input.a.b;\n}', {});
    await harness.send('connector', one);
    expect((await harness.reportOf(one)).outcome).toMatchObject({
      error: {
        code: 'code_error',
        class: 'non_retryable',
        message: expect.stringContaining('(line 3)'),
        details: { line: 3, logs: ['got {}'] },
      },
    });
  });

  it('stops with its run', async () => {
    const one = code('export default () => { for (;;); }', null, 120_000);
    await harness.insertRun(one);
    await harness.send('connector', one);
    await eventually(() => Date.now() - one.scheduled_at > 1_100);
    await harness.database.query("update runs set status = 'cancelled' where id = $1", [one.run_id]);
    await eventually(async () => (await harness.lag('connector')) === 0, { timeoutMs: 4_000 });
    const [a, b] = [code('export default () => 1'), code('export default () => 2')];
    await harness.send('connector', a, b);
    expect((await harness.reportOf(a)).outcome).toMatchObject({ output: 1 });
    expect((await harness.reportOf(b)).outcome).toMatchObject({ output: 2 });
  }, 30_000);
});
