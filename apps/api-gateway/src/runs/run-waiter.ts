import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { ENGINE_POOL } from '../database/database.tokens.js';

const FIND = readSql(import.meta.url, './find-ended-runs.sql');

/** Milliseconds between two looks, by how long the youngest waiter has waited: short runs answer at once, long ones cost little. */
const PACE: readonly { untilMs: number; everyMs: number }[] = [
  { untilMs: 250, everyMs: 4 },
  { untilMs: 2_000, everyMs: 20 },
  { untilMs: 10_000, everyMs: 100 },
];
const SLOWEST_MS = 250;

interface Waiter {
  since: number;
  deadline: number;
  done(ended: boolean): void;
}

/** Waits for runs to end. One query at a time asks for all runs that anybody waits for, however many that are. */
@Injectable()
export class RunWaiter implements OnModuleDestroy {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private looking = false;
  private stopped = false;

  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** @returns whether the run has ended in time. The caller must have the right to know the run: this looks across workspaces. */
  waitForEnd(runId: string, forMs: number): Promise<boolean> {
    if (forMs <= 0 || this.stopped) return Promise.resolve(false);
    return new Promise((resolve) => {
      const now = performance.now();
      const waiter: Waiter = { since: now, deadline: now + forMs, done: resolve };
      const others = this.waiters.get(runId);
      if (others === undefined) this.waiters.set(runId, new Set([waiter]));
      else others.add(waiter);
      if (!this.looking) void this.look();
    });
  }

  /** Before the server closes: those who wait get the run as it is. */
  onModuleDestroy(): void {
    this.stopped = true;
    for (const waiters of this.waiters.values()) for (const { done } of waiters) done(false);
    this.waiters.clear();
  }

  private async look(): Promise<void> {
    this.looking = true;
    while (this.waiters.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.pause()));
      for (const id of await this.findEnded()) {
        for (const { done } of this.waiters.get(id) ?? []) done(true);
        this.waiters.delete(id);
      }
      this.dropOverdue();
    }
    this.looking = false;
  }

  private async findEnded(): Promise<string[]> {
    try {
      const { rows } = await this.pool.query<{ id: string }>({
        name: 'find-ended-runs',
        text: FIND,
        values: [[...this.waiters.keys()]],
      });
      return rows.map(({ id }) => id);
    } catch (error) {
      this.logger.warn({ err: error }, 'could not look for ended runs; looking again');
      return [];
    }
  }

  private dropOverdue(): void {
    const now = performance.now();
    for (const [id, waiters] of this.waiters) {
      for (const waiter of waiters) {
        if (waiter.deadline > now) continue;
        waiter.done(false);
        waiters.delete(waiter);
      }
      if (waiters.size === 0) this.waiters.delete(id);
    }
  }

  private pause(): number {
    const now = performance.now();
    let youngestMs = Infinity;
    let nextDeadlineMs = Infinity;
    for (const waiters of this.waiters.values()) {
      for (const { since, deadline } of waiters) {
        youngestMs = Math.min(youngestMs, now - since);
        nextDeadlineMs = Math.min(nextDeadlineMs, deadline - now);
      }
    }
    const pace = PACE.find(({ untilMs }) => youngestMs < untilMs)?.everyMs ?? SLOWEST_MS;
    return Math.max(0, Math.min(pace, nextDeadlineMs));
  }
}
