import { readSql } from '@flows/postgres';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';

const ORPHANED = readSql(import.meta.url, './sql/orphaned-runs.sql');
const GRACE_MS = 120_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ label: 'orphaned-runs' });
});
afterAll(() => database.close());
beforeEach(() => database.query('truncate runs, timers, event_subscriptions, approvals'));

async function run(columns: { status: string; waiting_for?: string; admitted?: boolean; wakeInMs?: number }): Promise<string> {
  const { status, waiting_for = null, admitted = true, wakeInMs = 0 } = columns;
  const id = uuid();
  await database.query(
    `insert into runs (id, workspace_id, workflow_id, version, status, waiting_for, payload, trigger_type, trigger, expires_at, admitted_at, wake_at)
     values ($1, $1, $1, 1, $2, $3, '{}', 'api', '{}', now() + interval '1 day', case when $4 then now() end, now() + $5 * interval '1 millisecond')`,
    [id, status, waiting_for, admitted, wakeInMs],
  );
  return id;
}
const orphaned = async () => (await database.query<{ orphaned: number; oldest: string[] | null }>(ORPHANED, [GRACE_MS]))[0];

describe('the gauge of orphaned runs', () => {
  it('is 0 for what has ended, is paused, waits for its admission or for a person, or is in the care of the sweep', async () => {
    for (const status of ['completed', 'failed', 'cancelled', 'timed_out', 'paused'])
      await run({ status, wakeInMs: -10 * GRACE_MS });
    await run({ status: 'queued', admitted: false, wakeInMs: -10 * GRACE_MS });
    await run({ status: 'waiting', waiting_for: 'reauth' });
    await run({ status: 'running', wakeInMs: -GRACE_MS / 2 });
    expect(await orphaned()).toEqual({ orphaned: 0, oldest: null });
  });

  it.each(['queued', 'running'])('counts a run that is %s and that no sweep has looked at in time', async (status) => {
    const id = await run({ status, wakeInMs: -2 * GRACE_MS });
    expect(await orphaned()).toEqual({ orphaned: 1, oldest: [id] });
  });

  it('counts a wait as soon as nothing is there that could end it', async () => {
    const [timer, event, approval] = [
      await run({ status: 'waiting' }),
      await run({ status: 'waiting' }),
      await run({ status: 'waiting' }),
    ];
    expect(await orphaned()).toMatchObject({ orphaned: 3 });
    await database.query(
      `insert into timers (run_id, timer_id, workspace_id, due_at, claim_at) values ($1, 't', $1, now(), now())`,
      [timer],
    );
    await database.query(
      `insert into event_subscriptions (run_id, step_id, workspace_id, event_type, since) values ($1, 's', $1, 'x', now())`,
      [event],
    );
    await database.query(
      `insert into approvals (id, workspace_id, run_id, workflow_id, step_id, step_run_id, stage, artefact, assignees, requested_at)
       values ('apr', $1, $1, $1, 's', $1, 'step', '{}', '{}', now())`,
      [approval],
    );
    expect(await orphaned()).toMatchObject({ orphaned: 0 });
    await database.query(`update timers set claim_at = now() - interval '1 hour'`);
    await database.query(`update approvals set status = 'withdrawn'`);
    expect(await orphaned()).toMatchObject({ orphaned: 2 });
  });
});
