import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@flows/postgres';
import { createLogger } from '@flows/service-kit';
import { createTestDatabase, eventually, type TestDatabase } from '@flows/testkit';
import type pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { v7 } from 'uuid';
import { commandOf } from '../../test/command.builder.js';
import { Attempt } from '../attempts/attempt.js';
import { Slots } from '../commands/slots.js';
import { EffectLedger } from '../ledger/effect.ledger.js';
import { hashRequest } from '../ledger/request-hash.js';
import { ConnectionLimits } from './connection.limits.js';
import type { ConnectionUse } from './connection-use.js';
import { PaceStore } from './pace.store.js';

let database: TestDatabase;
let pool: pg.Pool;
const workspaceId = v7();
const logger = createLogger({ service: 'test', level: 'silent' });
beforeAll(async () => {
  database = await createTestDatabase({ label: 'pace' });
  pool = createPool({ url: database.url, role: 'engine', max: 6, applicationName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

const useOf = (changes: Partial<ConnectionUse> = {}): ConnectionUse => ({
  workspaceId,
  id: v7(),
  name: 'crm',
  updatedAt: '',
  rate: { limit: 10, per: '1s', perMs: 1_000 },
  concurrency: null,
  paused: false,
  ...changes,
});
const attemptOf = () =>
  new Attempt(commandOf({ workspaceId, work: { kind: 'connector', connection: 'crm', action: 'leads.update' } }));
const stores = (count: number) => Array.from({ length: count }, (_, n) => new PaceStore(pool, `executor-${n}`));

describe('a rate limit', () => {
  it('lets a burst of the limit begin at once, then one per gap; later ones are told when, each a gap after the other', async () => {
    const use = useOf();
    const began = performance.now();
    const reservations = await stores(1)[0]!.reserve(Array.from({ length: 40 }, () => use));
    const round = (ms: number) => Math.round(ms / 100) * 100;
    expect(reservations.slice(0, 10).every(({ granted, inMs }) => granted && inMs === 0)).toBe(true);
    expect(reservations.slice(10, 30).map(({ granted, inMs }) => [granted, round(inMs)])).toEqual(
      Array.from({ length: 20 }, (_, n) => [true, (n + 1) * 100]),
    );
    expect(reservations.slice(30).map(({ granted, inMs }) => [granted, round(inMs)])).toEqual(
      Array.from({ length: 10 }, (_, n) => [false, 2_100 + n * 100]),
    );
    // Those who come now come after them, by however much of that time has passed meanwhile.
    const [late] = await stores(1)[0]!.reserve([use]);
    const passedMs = performance.now() - began;
    expect(late!.inMs).toBeGreaterThanOrEqual(3_100 - passedMs - 50);
    expect(late!.granted).toBe(late!.inMs <= 2_000);
  });

  it('holds over several executors: a burst and then the limit in every second, and all are done at last', async () => {
    const use = useOf();
    const gates = stores(3).map((store) => new ConnectionLimits(store, logger));
    const calls: number[] = [];
    const work = async (n: number): Promise<void> => {
      for (const [gate, slots] = [gates[n % 3]!, new Slots(1)]; ;) {
        slots.take(1);
        const deferral = await gate.admit(attemptOf(), use, slots);
        slots.giveBack();
        if (deferral === null) return void calls.push(Date.now());
        expect(deferral).toMatchObject({ reason: 'rate_limit', details: { connection: 'crm', limit: 10, per: '1s' } });
        expect(deferral.until).toBeGreaterThan(Date.now() + 1_000);
        await pause(deferral.until - Date.now());
      }
    };
    const startedAt = Date.now();
    await Promise.all(Array.from({ length: 60 }, (_, n) => work(n)));
    calls.sort((a, b) => a - b);
    expect(calls).toHaveLength(60);
    // In any stretch of time no more than the burst and what the limit allows in it; timers are late at times, by some 50 ms.
    for (const [index, from] of calls.entries()) {
      for (let last = index; last < calls.length; last += 1)
        expect(last - index + 1).toBeLessThanOrEqual(10 + Math.floor((calls[last]! - from + 60) / 100) + 1);
    }
    // And no slower than that: 50 gaps of 100 ms.
    expect(Date.now() - startedAt).toBeLessThan(5_000 + 1_500);
  }, 30_000);

  it('is one for each connection', async () => {
    const [a, b] = [useOf(), useOf({ rate: { limit: 1, per: '1m', perMs: 60_000 } })];
    const reservations = await stores(1)[0]!.reserve([a, b, a, b]);
    expect(reservations.map(({ granted }) => granted)).toEqual([true, true, true, false]);
    expect(reservations[3]!.inMs).toBeGreaterThan(59_000);
  });

  it('is asked for by several executors at once without deadlock', async () => {
    const uses = Array.from({ length: 20 }, () => useOf({ rate: { limit: 1_000, per: '1s', perMs: 1_000 } }));
    await Promise.all(
      stores(4).flatMap((store, n) => [store.reserve(n % 2 === 0 ? uses : [...uses].reverse()), store.reserve(uses)]),
    );
  });
});

describe('a pause that the provider asked for', () => {
  it('holds for a connection without limit', async () => {
    const [store, other] = stores(2);
    const use = useOf({ rate: null });
    await store!.pushBack(use, 30_000);
    const [reservation] = await other!.reserve([{ ...use, paused: true }]);
    expect(reservation).toMatchObject({ granted: false });
    expect(reservation!.inMs).toBeGreaterThan(29_000);
  });

  it('holds for a limited one, and no burst follows it', async () => {
    const [store] = stores(1);
    const use = useOf();
    await store!.pushBack(use, 1_000);
    const reservations = await store!.reserve([use, use, use]);
    expect(reservations.every(({ granted }) => granted)).toBe(true);
    for (const [n, { inMs }] of reservations.entries()) expect(Math.abs(inMs - 1_000 - n * 100)).toBeLessThan(60);
  });
});

describe('a limit of attempts at a time', () => {
  const claim = async (ledger: EffectLedger, attempt: Attempt): Promise<void> => {
    const { command } = attempt;
    expect(await ledger.claim([{ command, keyed: true, requestHash: hashRequest(command) }])).toEqual([{ kind: 'granted' }]);
  };
  const settle = (ledger: EffectLedger, { command }: Attempt) =>
    ledger.settle([{ command, state: 'done', outcome: JSON.stringify({ status: 'completed', output: null }), receipt: null }]);
  const executors = (count: number) =>
    Array.from({ length: count }, (_, n) => {
      const claimant = `executor-${n}`;
      return { ledger: new EffectLedger(pool, claimant), limits: new ConnectionLimits(new PaceStore(pool, claimant), logger) };
    });

  it('is never exceeded by several executors, and all are done at last', async () => {
    const use = useOf({ rate: null, concurrency: 3 });
    const all = executors(3);
    let atWork = 0;
    let most = 0;
    const work = async (n: number): Promise<void> => {
      const { ledger, limits } = all[n % 3]!;
      for (const [attempt, slots] = [attemptOf(), new Slots(1)]; ;) {
        await claim(ledger, attempt);
        slots.take(1);
        const deferral = await limits.admit(attempt, use, slots);
        slots.giveBack();
        if (deferral === null) {
          most = Math.max(most, (atWork += 1));
          await pause(30);
          atWork -= 1;
          await settle(ledger, attempt);
          return;
        }
        expect(deferral).toMatchObject({ reason: 'step_concurrency', details: { connection: 'crm', concurrency: 3 } });
        await ledger.withdraw([attempt.command.idempotency_key]);
        await pause(100);
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_, n) => work(n)));
    expect(most).toBe(3);
  }, 30_000);

  it('gives the place of a dead executor back when its lease is over', async () => {
    const use = useOf({ rate: null, concurrency: 1 });
    const [dead, alive] = executors(2);
    const [one, two] = [attemptOf(), attemptOf()];
    await claim(dead!.ledger, one);
    expect(await dead!.limits.admit(one, use, new Slots(1))).toBeNull();
    await claim(alive!.ledger, two);
    const waiting = alive!.limits.admit(two, use, new Slots(1));
    await database.query("update effects set claimed_until = now() - interval '1 second' where idempotency_key = $1", [
      one.command.idempotency_key,
    ]);
    expect(await waiting).toBeNull();
  });

  it('stops waiting when the attempt is aborted', async () => {
    const use = useOf({ rate: null, concurrency: 1 });
    const [executor] = executors(1);
    const [one, two] = [attemptOf(), attemptOf()];
    await claim(executor!.ledger, one);
    await executor!.limits.admit(one, use, new Slots(1));
    await claim(executor!.ledger, two);
    const waiting = executor!.limits.admit(two, use, new Slots(1));
    await eventually(() => true);
    two.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });
});
