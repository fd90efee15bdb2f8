import { STEP_POOLS } from '@flows/contracts';
import { eventually, type ServiceName } from '@flows/testkit';
import type { Installation } from '../../harness/installation.js';

/** Long enough for two looks of every poller that could still have something to say. */
const STILL_MS = 400;

export interface QuiesceOptions {
  /** Default 30 000. */
  timeoutMs?: number;
  /** False: only until all is read, whatever runs are at work; for installations that may be broken. */
  work?: boolean;
}

/**
 * Waits until nothing is under way: every group has read all that there is, no run is queued or at work, no timer is due, and it stays so. What waits for
 * a time, an event or a person stays where it is.
 * @throws with what is still under way.
 */
export async function quiesce(
  installation: Installation,
  { timeoutMs = 30_000, work = true }: QuiesceOptions = {},
): Promise<void> {
  let stillSince = 0;
  let before = '';
  await eventually(
    async () => {
      const [lag, busy] = await Promise.all([lagOf(installation), work ? workOf(installation) : []]);
      if (lag.length > 0 || busy.length > 0) {
        stillSince = 0;
        throw new Error(`unread: ${lag.join(', ') || 'nothing'}; at work: ${busy.join(', ') || 'nothing'}`);
      }
      const now = await fingerprintOf(installation);
      if (now !== before) stillSince = Date.now();
      before = now;
      return Date.now() - stillSince >= STILL_MS;
    },
    { timeoutMs, pollMs: 40, what: 'an installation at rest' },
  );
}

/** Of the services that run: what nobody reads is not under way. */
async function lagOf(installation: Installation): Promise<string[]> {
  const { driver, topics, services } = installation;
  const groups: [ServiceName, string, string[]][] = [
    ['orchestrator', 'flows.orchestrator', [topics.runInputs]],
    ['trigger-listener', 'flows.trigger-listener', [topics.crmEvents, topics.connectorEvents]],
    ...STEP_POOLS.map((pool): [ServiceName, string, string[]] => [
      'step-executor',
      `flows.step-executor.${pool}`,
      [topics.stepCommands(pool)],
    ]),
  ];
  const lags = await Promise.all(
    groups
      .filter(([service]) => services.has(service))
      .map(([, group, names]) => driver.groupLag(installation.groupOf(group), names)),
  );
  return lags.flat().flatMap(({ topic, partition, lag }) => (lag > 0 ? [`${lag} of ${topic}/${partition}`] : []));
}

async function workOf({ database }: Installation): Promise<string[]> {
  const rows = await database.query<{ id: string; status: string }>(
    `select id, status from runs r where status = 'queued' or status = 'running' and not exists (
       select from runs c where c.parent_run_id = r.id and c.status in ('waiting', 'paused'))`,
  );
  const due = await database.query<{ run_id: string; timer_id: string }>(
    `select run_id, timer_id from timers join runs on id = run_id where due_at <= now() and status <> 'paused'`,
  );
  return [
    ...rows.map(({ id, status }) => `${id} ${status}`),
    ...due.map(({ run_id, timer_id }) => `${run_id} with the due timer ${timer_id}`),
  ];
}

async function fingerprintOf({ database }: Installation): Promise<string> {
  const [row] = await database.query<{ facts: string; runs: string; timers: string }>(
    'select (select count(*) from run_facts) as facts, (select count(*) from runs) as runs, (select count(*) from timers where due_at <= now()) as timers',
  );
  return JSON.stringify(row);
}
