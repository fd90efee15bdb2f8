import { setTimeout as sleep } from 'node:timers/promises';
import type { Completions } from './completions.js';
import type { Intake } from './intake.js';
import { percentilesOf, type Percentiles } from './percentiles.js';

/** Runs accepted together, as a batch of CRM events makes them. */
const CHUNK = 200;
/** Runs under way at most: enough to keep every part busy, few enough to measure the flow and not a backlog. */
const MAX_OPEN = 4_000;

/** N runs as fast as they go, from the first acceptance to the last end. */
export async function measureThroughput(intake: Intake, completions: Completions, runs: number): Promise<number> {
  const begin = performance.now();
  const ends: Promise<number>[] = [];
  for (let sent = 0; sent < runs; sent += CHUNK) {
    while (completions.open >= MAX_OPEN) await sleep(2);
    const ids = intake.newRunIds(Math.min(CHUNK, runs - sent));
    for (const id of ids) ends.push(completions.of(id));
    await intake.accept(ids);
  }
  const last = Math.max(...(await Promise.all(ends)));
  return (runs / (last - begin)) * 1000;
}

/** One run after the other, each begun when the one before has ended. */
export async function measureSequential(intake: Intake, completions: Completions, runs: number): Promise<Percentiles> {
  const durations: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const [id] = intake.newRunIds(1) as [string];
    const end = completions.of(id);
    const begin = performance.now();
    await intake.accept([id]);
    durations.push((await end) - begin);
  }
  return percentilesOf(durations);
}

/**
 * Runs at a fixed rate whatever the system does. Counted from the moment at which a run should have begun, so that a stall
 * shows in all that it kept waiting (no coordinated omission).
 */
export async function measureOpenLoop(
  intake: Intake,
  completions: Completions,
  ratePerSecond: number,
  seconds: number,
): Promise<Percentiles> {
  const total = ratePerSecond * seconds;
  const begin = performance.now();
  const measured: Promise<number>[] = [];
  for (let run = 0; run < total; run += 1) {
    const due = begin + (run * 1000) / ratePerSecond;
    const ahead = due - performance.now();
    if (ahead > 0) await sleep(ahead);
    const [id] = intake.newRunIds(1) as [string];
    measured.push(completions.of(id).then((end) => end - due));
    void intake.accept([id]);
  }
  return percentilesOf(await Promise.all(measured));
}
