import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StepOutcome, StepRunCommand } from '@flows/contracts';
import { createPool } from '@flows/postgres';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import type pg from 'pg';
import { v7 } from 'uuid';
import { commandOf, nextAttempt } from '../../test/command.builder.js';
import { EffectLedger } from './effect.ledger.js';
import { hashRequest } from './request-hash.js';

let database: TestDatabase;
let pool: pg.Pool;
let ours: EffectLedger;
let other: EffectLedger;
let command: StepRunCommand;
const workspaceId = v7();
const done: StepOutcome = { status: 'completed', output: { id: 'x' } };
const failed: StepOutcome = {
  status: 'failed',
  error: { code: 'network_error', message: 'm', class: 'retryable', origin: 'provider' },
};

beforeAll(async () => {
  database = await createTestDatabase({ label: 'ledger' });
  pool = createPool({ url: database.url, role: 'engine', max: 4, applicationName: 'test', onError: () => undefined });
  ours = new EffectLedger(pool, 'executor-a');
  other = new EffectLedger(pool, 'executor-b');
});
afterAll(async () => {
  await pool.end();
  await database.close();
});
beforeEach(() => {
  command = commandOf({ workspaceId, work: { kind: 'connector', connection: 'crm', action: 'leads.update' }, input: { a: 1 } });
});

const claim = async (ledger: EffectLedger, of: StepRunCommand, keyed = true) =>
  (await ledger.claim([{ command: of, keyed, requestHash: hashRequest(of) }]))[0]!;
const settle = async (ledger: EffectLedger, of: StepRunCommand, state: 'done' | 'failed' | 'in_doubt', outcome: StepOutcome) =>
  (await ledger.settle([{ command: of, state, outcome: JSON.stringify(outcome), receipt: { id: 'r' } }]))[0]!;
const expireLease = (of: StepRunCommand) =>
  database.query("update effects set claimed_until = now() - interval '1 second' where idempotency_key = $1", [
    of.idempotency_key,
  ]);
const row = async (of: StepRunCommand) =>
  (
    await database.query<{ state: string; attempt: number; claimed_by: string | null }>(
      'select * from effects where idempotency_key = $1',
      [of.idempotency_key],
    )
  )[0];

describe('a new effect', () => {
  it('is granted once, and held for everybody else while the lease is alive', async () => {
    expect(await claim(ours, command)).toEqual({ kind: 'granted' });
    const held = await claim(other, command);
    expect(held).toMatchObject({ kind: 'held' });
    expect((held as { retryInMs: number }).retryInMs).toBeGreaterThan(10_000);
    expect(await row(command)).toMatchObject({ state: 'intended', claimed_by: 'executor-a', attempt: 1 });
  });

  it('goes to exactly one of many that ask at once', async () => {
    const ledgers = Array.from({ length: 8 }, (_, index) => new EffectLedger(pool, `racer-${index}`));
    const kinds = (await Promise.all(ledgers.map((ledger) => claim(ledger, command)))).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'granted')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'held')).toHaveLength(7);
  });
});

describe('a settled effect', () => {
  it('is answered without a call, for the same, a later and an earlier attempt', async () => {
    const second = nextAttempt(command);
    await claim(ours, second);
    expect(await settle(ours, second, 'done', done)).toBe(true);
    for (const one of [command, second, nextAttempt(second)])
      expect(await claim(other, one)).toEqual({ kind: 'settled', outcome: done });
    expect(await other.findOutcome(command)).toEqual(done);
  });

  it('may be tried again by a later attempt when it failed, under the same key, but not by the same one', async () => {
    await claim(ours, command);
    await settle(ours, command, 'failed', failed);
    expect(await claim(ours, command)).toEqual({ kind: 'settled', outcome: failed });
    expect(await claim(ours, nextAttempt(command))).toEqual({ kind: 'granted' });
    expect(await claim(ours, command)).toEqual({ kind: 'superseded' });
    expect(await ours.findOutcome(command)).toBeNull();
  });

  it('stays in doubt for later attempts', async () => {
    await claim(ours, command, false);
    await settle(ours, command, 'in_doubt', failed);
    expect(await claim(other, nextAttempt(command), false)).toEqual({ kind: 'settled', outcome: failed });
  });

  it('may be called again by a later attempt where it is in doubt and the provider recognises the key', async () => {
    await claim(ours, command);
    await settle(ours, command, 'in_doubt', failed);
    expect(await claim(other, command)).toEqual({ kind: 'settled', outcome: failed });
    expect(await claim(other, nextAttempt(command))).toEqual({ kind: 'granted' });
  });

  it.each([true, false])('is as before where it was claimed and withdrawn (keyed: %s)', async (keyed) => {
    await claim(ours, command, keyed);
    await other.withdraw([command.idempotency_key]);
    expect(await claim(other, command, keyed)).toMatchObject({ kind: 'held' });
    await ours.withdraw([command.idempotency_key]);
    expect(await claim(other, command, keyed)).toEqual({ kind: 'granted' });
  });

  it('can be settled by its claimant only; a repetition after a lost answer is fine', async () => {
    await claim(ours, command);
    expect(await settle(other, command, 'done', done)).toBe(false);
    expect(await settle(ours, command, 'done', done)).toBe(true);
    expect(await settle(ours, command, 'done', done)).toBe(true);
  });
});

describe('an effect whose executor died', () => {
  it('is called again under the same key where the provider recognises it', async () => {
    await claim(ours, command);
    await expireLease(command);
    expect(await claim(other, command)).toEqual({ kind: 'granted' });
    expect(await settle(ours, command, 'done', done)).toBe(false);
    expect(await row(command)).toMatchObject({ claimed_by: 'executor-b' });
  });

  it.each(['the same attempt', 'a later attempt'])('is in doubt for %s where it does not', async (which) => {
    await claim(ours, command, false);
    await expireLease(command);
    const next = which === 'the same attempt' ? command : nextAttempt(command);
    expect(await claim(other, next, false)).toMatchObject({
      kind: 'in_doubt',
      known: { attempt: 1, claimed_by: 'executor-a', since: expect.any(String) },
    });
    expect(await row(command)).toMatchObject({ state: 'in_doubt' });
    // That executor dies too, before it could settle the doubt.
    expect(await claim(ours, next, false)).toMatchObject({ kind: 'in_doubt' });
  });

  it('is not taken back by an earlier attempt', async () => {
    await claim(ours, nextAttempt(command));
    await expireLease(command);
    expect(await claim(other, command)).toEqual({ kind: 'superseded' });
  });
});

describe('leases', () => {
  it('are renewed for the claimant, and tell what was lost', async () => {
    await claim(ours, command);
    await expireLease(command);
    expect(await ours.renew([command.idempotency_key])).toEqual(new Set([command.idempotency_key]));
    expect(await claim(other, command)).toMatchObject({ kind: 'held' });
    expect(await other.renew([command.idempotency_key])).toEqual(new Set());
  });

  it('can be released, so that others need not wait', async () => {
    await claim(ours, command);
    await ours.release([command.idempotency_key]);
    expect(await claim(other, command)).toEqual({ kind: 'granted' });
  });
});

describe('a key', () => {
  it('never goes out with another request', async () => {
    await claim(ours, command);
    await settle(ours, command, 'failed', failed);
    expect(await claim(ours, { ...nextAttempt(command), input: { a: 2 } })).toEqual({ kind: 'conflict' });
  });

  it('never answers another workspace', async () => {
    await claim(ours, command);
    await settle(ours, command, 'done', done);
    const foreign = { ...command, workspace_id: v7() };
    expect(await claim(ours, foreign)).toEqual({ kind: 'conflict' });
    expect(await ours.findOutcome(foreign)).toBeNull();
  });
});

describe('a batch', () => {
  it('is claimed in one statement, each with its own answer; of one key the highest attempt goes first', async () => {
    const [fresh, known, twin] = [1, 2, 3].map(() => commandOf({ workspaceId, work: command.work, input: {} }));
    await claim(other, known!);
    await settle(other, known!, 'done', done);
    const list = [fresh!, known!, twin!, nextAttempt(twin!)];
    const claims = await ours.claim(list.map((one) => ({ command: one, keyed: true, requestHash: hashRequest(one) })));
    expect(claims.map(({ kind }) => kind)).toEqual(['granted', 'settled', 'held', 'granted']);
    expect(await row(twin!)).toMatchObject({ attempt: 2 });
  });

  it('may overlap with that of another executor in the opposite order', async () => {
    const commands = Array.from({ length: 50 }, () => commandOf({ workspaceId, work: command.work }));
    const requests = commands.map((one) => ({ command: one, keyed: true, requestHash: hashRequest(one) }));
    const [a, b] = await Promise.all([ours.claim(requests), other.claim([...requests].reverse())]);
    const granted = [...a, ...b].filter(({ kind }) => kind === 'granted');
    expect(granted).toHaveLength(50);
  });
});
