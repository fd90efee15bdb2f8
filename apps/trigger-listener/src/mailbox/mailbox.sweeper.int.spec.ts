import { createPool } from '@flows/postgres';
import { createLogger } from '@flows/service-kit';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { MailboxSweeper } from './mailbox.sweeper.js';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase({ label: 'sweeper' });
  pool = createPool({ url: database.url, role: 'engine', max: 2, applicationName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

describe('MailboxSweeper', () => {
  it('takes away all that is old, however much, and leaves what is not', async () => {
    await database.query(
      `insert into event_mailbox (workspace_id, source, id, type, event, received_at)
       select gen_random_uuid(), '/crm', n::text, 't', '{}', now() - case when n <= 12000 then interval '9 days' else interval '7 days' end
       from generate_series(1, 12010) n`,
    );
    await database.query(
      `insert into event_subscriptions (run_id, step_id, workspace_id, event_type, since, created_at)
       select gen_random_uuid(), 'w', gen_random_uuid(), 't', now(), now() - interval '1 day' from generate_series(1, 6000)`,
    );
    const sweeper = new MailboxSweeper(pool, createLogger({ service: 'trigger-listener', level: 'silent' }));
    const left = async () =>
      (
        await database.query<{ events: number; waits: number }>(
          'select (select count(*)::int from event_mailbox) as events, (select count(*)::int from event_subscriptions) as waits',
        )
      )[0];
    await sweeper.sweep();
    expect(await left()).toEqual({ events: 10, waits: 1_000 });
    await Promise.all([sweeper.sweep(), sweeper.sweep()]);
    expect(await left()).toEqual({ events: 10, waits: 0 });
  });

  it('goes on after a turn that failed', async () => {
    const sweeper = new MailboxSweeper(pool, createLogger({ service: 'trigger-listener', level: 'silent' }));
    await database.query('alter table event_mailbox rename to away');
    await sweeper.sweep();
    await database.query('alter table away rename to event_mailbox');
    await database.query("update event_mailbox set received_at = now() - interval '9 days'");
    await sweeper.sweep();
    expect(await database.query('select from event_mailbox')).toEqual([]);
  });
});
