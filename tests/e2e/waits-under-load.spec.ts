import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@flows/testkit';
import { publishFlow, startRuns, untilCounted, untilEnded } from '../harness/flows.js';
import { Installation, type Workspace } from '../harness/installation.js';
import { histogram, percentile } from '../harness/percentile.js';
import { RunEventLog } from '../harness/run-event-log.js';
import { pause } from '../harness/seeded-random.js';

/**
 * 10,000 timers, and the orchestrator killed in the middle of them (acceptance row 10). Lateness is what an outsider sees: from the due
 * time to the event on the topic of run events.
 *
 *   parked ─┬─ 3,000 due over 5 s ─┬─ 0.5 s ─ kill -9 ─ 3,000 due over 20 s, recovery ─┬─ 4,000 due over 6 s ─►
 */
const GROUPS = [
  { name: 'before the kill', count: 3_000, fromMs: 0, overMs: 5_000 },
  { name: 'around the kill', count: 3_000, fromMs: 5_000, overMs: 20_000 },
  { name: 'after the recovery', count: 4_000, fromMs: 25_000, overMs: 6_000 },
];
/** What is on its way when the process dies belongs to the kill: half a second of it. */
const KILL_MS = 5_500;
const RUNS = 1_000;
/** Each run waits for ten times at once. */
const WAITS = Array.from({ length: 10 }, (_, index) => `wait_${index}`);
/** From now to the first due time: all have to be parked by then. */
const PARKING_MS = 20_000;

let installation: Installation;
let workspace: Workspace;
let log: RunEventLog;

beforeAll(async () => {
  installation = await Installation.start();
  workspace = await installation.createWorkspace();
  log = await RunEventLog.listen(installation.driver, installation.topics.runEvents);
}, 90_000);
afterAll(async () => {
  await log?.stop();
  await installation?.close();
});

describe('10,000 timers', () => {
  it('fire once each, within a second of their time, and a kill -9 in the middle loses none', async () => {
    const { client } = workspace;
    const steps = WAITS.map((id, index) => ({ id, type: 'wait', until: `payload.due[${index}]` }));
    const workflow = await publishFlow(client, { graph: { steps, edges: [] } });
    const begin = Date.now() + PARKING_MS;
    const dues = GROUPS.flatMap(({ count, fromMs, overMs }) =>
      Array.from({ length: count }, (_, index) => begin + fromMs + Math.floor((index * overMs) / count)),
    );
    // The n-th timer is the wait n / 1,000 of run n % 1,000: so each run has timers of all groups.
    const payloads = Array.from({ length: RUNS }, (_, run) => ({
      due: WAITS.map((_, wait) => new Date(dues[wait * RUNS + run] ?? 0).toISOString()),
    }));
    const runs = await startRuns(client, workflow, payloads);
    await untilCounted(client, workflow, ['waiting'], RUNS);
    expect(Date.now()).toBeLessThan(begin);

    await pause(begin + KILL_MS - Date.now());
    await installation.service('orchestrator').kill9();
    await installation.startAgain('orchestrator');
    await untilEnded(client, workflow, RUNS, 90_000);
    await eventually(() => log.ofType('run.completed').length >= RUNS, { timeoutMs: 20_000 });

    const lateness = dues.map((due, timer) => {
      const { id } = runs[timer % RUNS] ?? { id: '' };
      const step = WAITS[Math.floor(timer / RUNS)];
      const fired = log.of(id).filter(({ event }) => event.type === 'step.completed' && event.step_id === step);
      expect([id, step, fired.length]).toEqual([id, step, 1]);
      return (fired[0]?.heardAt ?? Infinity) - due;
    });
    let first = 0;
    for (const { name, count } of GROUPS) {
      const values = lateness.slice(first, (first += count));
      console.log(`timers due ${name}: ${histogram(values)}`);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-5);
      if (name !== 'around the kill') expect(percentile(values, 0.99)).toBeLessThan(1_000);
    }
  }, 180_000);
});
