import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions } from '../bench.config.js';
import { say, type BenchInstallation } from '../bench-installation.js';
import type { Intake } from '../intake.js';
import { measureThroughput } from '../measure.js';
import { percentilesOf, type Percentiles } from '../percentiles.js';
import { latencyTable } from '../latency-table.js';
import { THREE_STEPS } from './three-step.js';

const PARKED = 100_000;
const DUE_PER_SECOND = 500;
const DUE_SECONDS = 20;
/** Rounds of throughput before and after, in turn with nothing else: the machine's speed varies more than what is looked for. */
const ROUNDS = 3;
const CHUNK = 500;

const waitFor = (duration: string) => ({ graph: { steps: [{ id: 'pause', type: 'wait', for: duration }], edges: [] } });

/**
 * What open waits cost: throughput of other runs before and after 100,000 runs are parked on a timer, and how late timers fire that
 * are due at 500 a second with all of them in the table.
 */
export async function parkedWaits(installation: BenchInstallation, options: BenchOptions) {
  const other = await installation.publishFlow('three-step', THREE_STEPS);
  const long = await installation.publishFlow('parked', waitFor('30d'));
  const soon = await installation.publishFlow('due', waitFor('10s'));
  say('warming up');
  await measureThroughput(other, installation.completions, 5_000);
  const before = await rounds(installation, other, options.runs);
  say(`parking ${PARKED} runs`);
  await park(installation, long, PARKED);
  const after = await rounds(installation, other, options.runs);
  say(`${DUE_PER_SECOND} timers due a second for ${DUE_SECONDS} s`);
  const lateness = await measureLateness(installation, soon);
  const ratio = Math.round((after / before) * 1000) / 1000;
  process.stdout.write(
    [
      `throughput of three-step runs: ${before} runs/s with no other run, ${after} with ${PARKED} parked (ratio ${ratio})`,
      ...latencyTable({ 'lateness of timers': lateness }),
      '',
    ].join('\n'),
  );
  return { parked: PARKED, runs_per_s_before: before, runs_per_s_after: after, ratio, due_per_s: DUE_PER_SECOND, lateness };
}

/** The median of the rounds, runs per second. */
async function rounds(installation: BenchInstallation, intake: Intake, runs: number): Promise<number> {
  const measured: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    say(`throughput: ${runs} runs`);
    measured.push(await measureThroughput(intake, installation.completions, runs));
  }
  return Math.round(measured.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN);
}

async function park({ pool }: BenchInstallation, intake: Intake, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += CHUNK) {
    await intake.accept(intake.newRunIds(CHUNK));
    // No more than a second or two of work ahead of the engine.
    while (sent - (await parkedIn(pool, intake)) > 5_000) await sleep(50);
  }
  while ((await parkedIn(pool, intake)) < count) await sleep(200);
}

async function parkedIn(pool: BenchInstallation['pool'], intake: Intake): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('select count(*)::int as count from timers where workspace_id = $1', [
    intake.workspaceId,
  ]);
  return rows[0]?.count ?? 0;
}

/** From the due time of each timer, as its fact says it, to the fact that it has fired. */
async function measureLateness({ pool, completions }: BenchInstallation, intake: Intake): Promise<Percentiles> {
  const ends: Promise<number>[] = [];
  const begin = performance.now();
  for (let tick = 0; tick < DUE_SECONDS * 10; tick += 1) {
    const ids = intake.newRunIds(DUE_PER_SECOND / 10);
    for (const id of ids) ends.push(completions.of(id));
    await intake.accept(ids);
    await sleep(Math.max(0, begin + (tick + 1) * 100 - performance.now()));
  }
  await Promise.all(ends);
  const { rows } = await pool.query<{ late_ms: number }>(
    `select extract(epoch from c.at - (w.data ->> 'due_at')::timestamptz) * 1000 as late_ms
     from run_facts w join run_facts c on c.run_id = w.run_id and c.type = 'step.completed'
     where w.type = 'step.waiting' and w.workspace_id = $1`,
    [intake.workspaceId],
  );
  return percentilesOf(rows.map(({ late_ms }) => Number(late_ms)));
}
