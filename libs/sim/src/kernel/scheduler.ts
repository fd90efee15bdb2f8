import type { Rng } from './rng.js';
import { TimeHeap } from './time-heap.js';

/** What a process does between two of its steps: so many milliseconds pass, or it sleeps until somebody wakes it. */
export type Pause = number | 'asleep';
/** Code of a process. Every `yield` is a place where it can be killed or stopped: between any two of its steps. */
export type Steps<T = void> = Generator<Pause, T, undefined>;

/** A service instance: its processes die, stop and start together. */
export interface Instance {
  readonly name: string;
  alive: boolean;
  /** SIGSTOP until then. */
  stoppedUntil: number;
}

export class Process {
  /** Counts the pauses: a wake-up for an earlier one is late. */
  pause = 0;
  asleep = false;
  /** Somebody woke it while it was busy: it looks again before it sleeps. */
  woken = false;

  constructor(
    readonly name: string,
    readonly instance: Instance,
    readonly steps: Steps<unknown>,
  ) {}
}

type Due = { process: Process; pause: number } | { act: () => void };

/** Runs processes on a virtual clock, one step at a time, in an order that the seed decides. Nothing here waits for anything real. */
export class Scheduler {
  now: number;
  steps = 0;
  private hash = 0x811c9dc5;
  private readonly heap = new TimeHeap<Due>();
  private readonly ties: Rng;
  /** The last lines of the log, for a reader; all of them go into the hash. */
  readonly log: string[] = [];

  constructor(
    rng: Rng,
    start: number,
    private readonly keepLog: boolean,
  ) {
    this.now = start;
    this.ties = rng.stream('ties');
  }

  /** Of everything that was logged: two runs of one seed have the same. */
  get logHash(): string {
    return (this.hash >>> 0).toString(16).padStart(8, '0');
  }

  note(text: string): void {
    let hash = this.hash ^ (this.now % 0x7fff_ffff);
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
    this.hash = hash;
    if (this.keepLog) this.log.push(`${this.now} ${text}`);
  }

  start(name: string, instance: Instance, steps: Steps<unknown>): Process {
    const process = new Process(name, instance, steps);
    this.resumeIn(process, 0);
    return process;
  }

  at(time: number, act: () => void): void {
    this.heap.push(Math.max(time, this.now), this.ties.next(), { act });
  }

  wake(process: Process): void {
    if (!process.asleep) {
      process.woken = true;
      return;
    }
    process.asleep = false;
    this.resumeIn(process, 0);
  }

  /** Until nothing is left to happen, or the time or the number of steps is used up. */
  run(until: number, maxSteps: number): 'idle' | 'time' | 'steps' {
    for (;;) {
      const at = this.heap.nextAt;
      if (at === null) return 'idle';
      if (at > until) return 'time';
      if (this.steps >= maxSteps) return 'steps';
      const due = this.heap.pop()?.value as Due;
      this.now = at;
      if ('act' in due) due.act();
      else if (due.pause === due.process.pause) this.step(due.process);
    }
  }

  private step(process: Process): void {
    const { instance } = process;
    if (!instance.alive) return;
    if (instance.stoppedUntil > this.now) return this.resumeIn(process, instance.stoppedUntil - this.now);
    this.steps += 1;
    const { done, value } = process.steps.next();
    if (done === true) return;
    process.pause += 1;
    if (value !== 'asleep') return this.resumeIn(process, value);
    if (process.woken) this.resumeIn(process, 1);
    else process.asleep = true;
    process.woken = false;
  }

  private resumeIn(process: Process, ms: number): void {
    this.heap.push(this.now + ms, this.ties.next(), { process, pause: process.pause });
  }
}
