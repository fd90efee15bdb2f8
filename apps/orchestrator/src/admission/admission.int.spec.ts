import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, insertQueuedRuns, type QueuedRun } from '@flows/postgres';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { ADMISSION_LIMITS, type AdmissionLimits } from './admission-limits.js';
import { AdmissionStore, type AdmittedRun } from './admission.store.js';

const databases: { database: TestDatabase; pool: pg.Pool }[] = [];
let database: TestDatabase;
let pool: pg.Pool;
let store: AdmissionStore;
const limits = (more: Partial<AdmissionLimits>): AdmissionLimits => ({ ...ADMISSION_LIMITS, share: 0, ...more });

/** A backlog is the whole installation's, so each test has its own. */
beforeEach(async () => {
  database = await createTestDatabase({ label: 'admission' });
  const settings = { enable_hashjoin: 'off', enable_mergejoin: 'off' };
  pool = createPool({ url: database.url, role: 'engine', max: 10, applicationName: 'test', settings, onError: () => undefined });
  databases.push({ database, pool });
  store = new AdmissionStore(pool);
});
afterAll(() =>
  Promise.all(
    databases.map(async (opened) => {
      await opened.pool.end();
      await opened.database.close();
    }),
  ),
);

let clock = 1_764_000_000_000;
interface Waiting {
  workspace?: string;
  lane?: string;
  limit?: number;
  priority?: number;
}
const WORKSPACE = uuid();

/** Queued runs that nobody has admitted, each a millisecond younger than the one before. @returns their ids in that order. */
async function queue(...waiting: Waiting[]): Promise<string[]> {
  const runs = waiting.map(({ workspace = WORKSPACE, lane, limit = 1, priority }): QueuedRun => {
    const [id, now] = [uuid(), (clock += 1)];
    return {
      request: {
        type: 'run.requested',
        id: `req:${id}`,
        run_id: id,
        workspace_id: workspace,
        at: now,
        workflow_id: uuid(),
        version: 1,
        payload: {},
        trigger: { type: 'api' },
        created_at: now,
      },
      timeoutMs: 60_000,
      ...(priority === undefined ? {} : { priority }),
      lane: lane === undefined ? null : { name: lane, limit },
    };
  });
  await insertQueuedRuns(pool, runs);
  const ids = runs.map(({ request }) => request.run_id);
  await database.query("update runs set admitted_at = null, waiting_for = 'capacity' where id = any ($1)", [ids]);
  return ids;
}
const times = (count: number, waiting: (index: number) => Waiting = () => ({})) =>
  Array.from({ length: count }, (_, index) => waiting(index));
const idsOf = (runs: AdmittedRun[] | null) => (runs ?? []).map(({ run_id: id }) => id).sort();
const setStatus = (ids: readonly string[], status: string) =>
  database.query('update runs set status = $2 where id = any ($1)', [ids, status]);
const countBy = (runs: readonly AdmittedRun[]) =>
  Object.fromEntries(Object.entries(Object.groupBy(runs, (run) => run.workspace_id)).map(([id, list]) => [id, list?.length]));

/** Queued rows of one workspace, quickly. `lane` is an SQL expression over n. */
const flood = (workspace: string, count: number, lane = 'null', limit = 1) =>
  database.query(
    `insert into runs (id, workspace_id, workflow_id, version, payload, trigger_type, trigger, created_at, expires_at, lane, lane_limit, waiting_for)
     select gen_random_uuid(), $1, $1, 1, '{}', 'api', '{"type":"api"}', now() + n * interval '1 microsecond', now() + interval '1 day', ${lane}, $3, 'capacity'
     from generate_series(1, $2::int) n`,
    [workspace, count, limit],
  );

describe('a round of admission', () => {
  it('admits what it has places for, says what the request needs, and clears what the run waited for', async () => {
    const [first, second, third] = await queue({}, {}, {});
    const admitted = await store.admit(limits({ window: 2 }));
    expect(idsOf(admitted)).toEqual([first, second].sort());
    expect(admitted?.[0]).toMatchObject({
      workspace_id: WORKSPACE,
      version: 1,
      payload: {},
      trigger: { type: 'api' },
      depth: 0,
      now: expect.any(Number),
    });
    const rows = await database.query<{ id: string; waiting_for: string | null; admitted_at: Date | null }>(
      'select * from runs order by created_at',
    );
    expect(rows.map(({ id, waiting_for: waits, admitted_at: at }) => [id, waits, at !== null])).toEqual([
      [first, null, true],
      [second, null, true],
      [third, 'capacity', false],
    ]);
    expect(await store.admit(limits({ window: 2 }))).toEqual([]);
    await setStatus([first ?? ''], 'completed');
    expect(idsOf(await store.admit(limits({ window: 2 })))).toEqual([third]);
    expect(await store.hasBacklog()).toBe(false);
  });

  it('starts the higher priority first, then the older', async () => {
    const ids = await queue({ priority: -5 }, {}, { priority: 7 }, {}, { priority: 7 });
    const order: string[] = [];
    for (let window = 1; window <= 5; window += 1) order.push(...idsOf(await store.admit(limits({ window }))));
    expect(order).toEqual([2, 4, 1, 3, 0].map((index) => ids[index]));
  });

  it('admits children by their lane alone: their parents hold the window while they wait for them', async () => {
    const [first, second, other] = await queue({ lane: 'l', limit: 1 }, { lane: 'l', limit: 1 }, {});
    await database.query("update runs set parent_run_id = $2, parent_step_id = 's' where id = any ($1)", [
      [first, second],
      uuid(),
    ]);
    const full = limits({ window: 0 });
    expect(idsOf(await store.admit(full))).toEqual([first]);
    expect(idsOf(await store.admit(full))).toEqual([]);
    await setStatus([first ?? ''], 'completed');
    expect(idsOf(await store.admit(full))).toEqual([second]);
    expect(idsOf(await store.admit(limits({ window: 5 })))).toEqual([other]);
  });

  it('leaves a run alone that is paused or cancelled, or that somebody is writing', async () => {
    const [paused, written, free] = await queue({}, {}, {});
    await setStatus([paused ?? ''], 'paused');
    const other = await pool.connect();
    await other.query('begin');
    await other.query('update runs set traceparent = null where id = $1', [written]);
    expect(idsOf(await store.admit())).toEqual([free]);
    await other.query('commit');
    other.release();
    expect(idsOf(await store.admit())).toEqual([written]);
  });
});

describe('fairness between workspaces', () => {
  it('gives a newcomer its places first, whatever another one has queued and under way', async () => {
    const [busy, late] = [uuid(), uuid()];
    await queue(...times(300, () => ({ workspace: busy })));
    expect((await store.admit(limits({ window: 100 })))?.length).toBe(100);
    const fresh = await queue({ workspace: late });
    expect(await store.admit(limits({ window: 100 }))).toEqual([]);
    expect(idsOf(await store.admit(limits({ window: 100, share: 10 })))).toEqual(fresh);
  });

  it('levels what workspaces have under way', async () => {
    const [a, b, c] = [uuid(), uuid(), uuid()];
    await queue(...times(100, () => ({ workspace: a })));
    await store.admit(limits({ window: 20 }));
    await queue(...times(100, () => ({ workspace: b })), ...times(3, () => ({ workspace: c })));
    const admitted = (await store.admit(limits({ window: 60 }))) ?? [];
    // 40 places: c wants 3 only; a has 20 already, so b gets to 28 or 29 and a the rest.
    expect(countBy(admitted)).toEqual({ [c]: 3, [b]: expect.any(Number), [a]: expect.any(Number) });
    expect(admitted).toHaveLength(40);
    expect(Math.abs((countBy(admitted)[b] ?? 0) - (20 + (countBy(admitted)[a] ?? 0)))).toBeLessThanOrEqual(1);
  });

  it('gains nothing for one that splits its runs over many lanes', async () => {
    const [split, plain] = [uuid(), uuid()];
    await queue(
      ...times(500, (index) => ({ workspace: split, lane: `l:${index}`, limit: 5 })),
      ...times(500, () => ({ workspace: plain })),
    );
    expect(countBy((await store.admit(limits({ window: 200 }))) ?? [])).toEqual({ [split]: 100, [plain]: 100 });
  });

  it('lets runs that take long hold their own workspace up, not others', async () => {
    const [slow, other] = [uuid(), uuid()];
    const long = await queue(...times(100, () => ({ workspace: slow })));
    await store.admit(limits({ window: 100 }));
    await setStatus(long, 'running');
    await queue({ workspace: slow }, ...times(30, () => ({ workspace: other })));
    expect(countBy((await store.admit(limits({ window: 100, share: 20 }))) ?? [])).toEqual({ [other]: 20 });
  });
});

describe('a lane', () => {
  it('holds no more than its limit from admission to end, waits and pauses included', async () => {
    const ids = await queue(...times(6, () => ({ lane: 'w:k', limit: 3 })));
    expect(idsOf(await store.admit())).toEqual(ids.slice(0, 3).sort());
    await setStatus([ids[0] ?? ''], 'waiting');
    await setStatus([ids[1] ?? ''], 'paused');
    expect(await store.admit()).toEqual([]);
    await setStatus([ids[1] ?? ''], 'cancelled');
    expect(idsOf(await store.admit())).toEqual([ids[3]]);
  });

  it('that is full keeps nobody else of its workspace waiting, however long it is', async () => {
    await flood(WORKSPACE, 3_000, "'w:full'");
    expect((await store.admit())?.length).toBe(1);
    const [plain, laned] = await queue({}, { lane: 'w:other' });
    // Both stand behind more runs of the full lane than a round looks at.
    const admitted = [
      ...((await store.admit(limits({ scan: 1_000 }))) ?? []),
      ...((await store.admit(limits({ scan: 1_000 }))) ?? []),
    ];
    expect(idsOf(admitted)).toEqual([plain, laned].sort());
  });

  it('comes round even where a workspace has more full lanes than a round looks at', async () => {
    await flood(WORKSPACE, 60, "'w:' || lpad((n % 30)::text, 3, '0')");
    expect((await store.admit())?.length).toBe(30);
    const [laned] = await queue({ lane: 'w:zzz' });
    const narrow = limits({ scan: 5, lanes: 10 });
    const rounds: string[][] = [];
    for (let round = 0; round < 4; round += 1) rounds.push(idsOf(await store.admit(narrow)));
    expect(rounds.flat()).toEqual([laned]);
  });

  it('is filled by one admitter at a time: never above the limit with eight of them', async () => {
    const all = await queue(...times(120, (index) => ({ lane: `w:${index % 3}`, limit: 2 })));
    const stores = Array.from({ length: 8 }, () => new AdmissionStore(pool));
    let done = 0;
    let most = 0;
    const work = async (own: AdmissionStore): Promise<void> => {
      while (done < all.length) {
        const admitted = (await own.admit()) ?? [];
        const [held] = await database.query<{ most: number }>(
          "select coalesce(max(n), 0) as most from (select count(*) as n from runs where admitted_at is not null and status <> 'completed' group by lane) lanes",
        );
        most = Math.max(most, held?.most ?? 0);
        await setStatus(idsOf(admitted), 'completed');
        done += admitted.length;
      }
    };
    await Promise.all(stores.map(work));
    expect([most, done]).toEqual([2, all.length]);
  });

  it('is governed by the limit of its next run, where versions differ', async () => {
    const ids = await queue({ lane: 'w:k', limit: 3 }, { lane: 'w:k', limit: 1 }, { lane: 'w:k', limit: 3 });
    expect(idsOf(await store.admit())).toEqual([ids[0]]);
    await setStatus([ids[0] ?? ''], 'completed');
    expect(idsOf(await store.admit()).includes(ids[1] ?? '')).toBe(true);
  });
});

describe('the cost', () => {
  /** @returns the fastest round: what it costs when nothing else wants the machine. */
  async function measure(what: string, work: () => Promise<unknown>, rounds: number): Promise<number> {
    const took: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const begin = performance.now();
      await work();
      took.push(performance.now() - begin);
    }
    const median = took.sort((a, b) => a - b)[rounds >> 1] as number;
    process.stderr.write(`admission, ${what}: median ${median.toFixed(2)} ms, most ${took.at(-1)?.toFixed(2)} ms\n`);
    return took[0] as number;
  }

  it('of an empty backlog is nothing', async () => {
    expect(await measure('empty backlog', () => store.hasBacklog(), 200)).toBeLessThan(2);
  });

  it.each([
    ['without lanes', 'null', 1],
    ['in one full lane', "'w:full'", 1],
    ['in 1,000 lanes', "'w:' || n % 1000", 1],
    ['in 50,000 lanes', "'w:' || n", 1],
    ['in one lane of 1,000', "'w:wide'", 1_000],
  ])(
    'of a round with 50,000 queued %s and one of another workspace is bounded',
    async (what, lane, limit) => {
      const flooding = uuid();
      await flood(flooding, 50_000, lane, limit);
      const [single] = await queue({ workspace: uuid() });
      const first = performance.now();
      expect(idsOf(await store.admit())).toContain(single);
      process.stderr.write(`admission, 50,000 queued ${what}: first round ${(performance.now() - first).toFixed(1)} ms\n`);
      const free = limits({ window: 10_000_000, batch: 200 });
      expect(await measure(`50,000 queued ${what}, places free`, () => store.admit(free), 9)).toBeLessThan(150);
      const full = limits({ window: 1 });
      expect(await measure(`50,000 queued ${what}, window full`, () => store.admit(full), 9)).toBeLessThan(150);
    },
    120_000,
  );
});
