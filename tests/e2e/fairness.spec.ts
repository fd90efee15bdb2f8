import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { chain, publishFlow, startRun, startRuns } from '../harness/flows.js';
import { flood } from '../harness/flood.js';
import { Installation, type Workspace } from '../harness/installation.js';

/**
 * A workspace that floods the system delays itself, not others (acceptance: fair scheduling with a tested bound), and a workflow's limit
 * holds for its runs between start and end. Times are those of the facts.
 */
const FLOOD = 50_000;
/** What the admitter lets be under way in the whole installation, and a share that the acceptor admits on its own. */
const MOST_UNDER_WAY = 2_200;

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start();
}, 90_000);
afterAll(() => installation?.close());

async function newWorkspace(): Promise<Workspace> {
  const workspace = await installation.createWorkspace();
  const { client } = workspace;
  await client.need(client.post('/connectors/connections', { name: 'echo', provider: 'noop', role: 'both', config: {} }));
  return workspace;
}

/** Three steps, one of them at an executor. */
const WORK = {
  graph: {
    steps: [
      { id: 'shape', type: 'transform', output: { n: '${ payload }' } },
      { id: 'call', type: 'connector', connection: 'echo', action: 'noop.run', input: '${ steps.shape.output }' },
      { id: 'end', type: 'transform', output: '${ steps.call.output }' },
    ],
    edges: chain('shape', 'call', 'end'),
  },
};

const workspaceUuid = ({ id }: Workspace) => fromTypeId('ws', id) ?? '';

async function countQueued(workspace: Workspace): Promise<number> {
  const text = "select count(*) as n from runs where workspace_id = $1 and status = 'queued' and admitted_at is null";
  return (await installation.database.query<{ n: number }>(text, [workspaceUuid(workspace)]))[0]?.n ?? 0;
}
async function countUnderWay(workspace: Workspace): Promise<number> {
  const text =
    "select count(*) as n from runs where workspace_id = $1 and (status = 'running' or (status = 'queued' and admitted_at is not null))";
  return (await installation.database.query<{ n: number }>(text, [workspaceUuid(workspace)]))[0]?.n ?? 0;
}

/** When runs started by their facts, once all have. */
function startsOf(runIds: readonly string[]): Promise<number[]> {
  const ids = runIds.map((id) => fromTypeId('run', id));
  return eventually(
    async () => {
      const rows = await installation.database.query<{ at: number }>(
        "select (extract(epoch from at) * 1000)::float8 as at from run_facts where run_id = any ($1) and type = 'run.started'",
        [ids],
      );
      return rows.length === ids.length ? rows.map(({ at }) => at) : undefined;
    },
    { timeoutMs: 20_000, pollMs: 20, what: `${ids.length} started runs` },
  );
}

async function stopFlood(workspace: Workspace): Promise<void> {
  await installation.database.query(
    "update runs set status = 'cancelled' where workspace_id = $1 and status = 'queued' and admitted_at is null",
    [workspaceUuid(workspace)],
  );
}

describe('a workspace with 50,000 queued runs', () => {
  it("does not keep another one's single run from starting within a second, five times", async () => {
    const [flooding, other] = [await newWorkspace(), await newWorkspace()];
    const [work, single] = [await publishFlow(flooding.client, WORK), await publishFlow(other.client, WORK)];
    await flood(installation, { workspaceId: flooding.id, workflowId: work, runs: FLOOD });
    const seen: { ms: number; queued: number }[] = [];
    for (let time = 0; time < 5; time += 1) {
      const askedAt = Date.now();
      const { id } = await startRun(other.client, single);
      const [startedAt = Infinity] = await startsOf([id]);
      const queued = await countQueued(flooding);
      seen.push({ ms: Math.round(startedAt - askedAt), queued });
      await eventually(async () => (await countQueued(flooding)) <= queued - 1_000, {
        timeoutMs: 30_000,
        what: 'a flood that runs off',
      });
    }
    process.stderr.write(`fairness, single runs beside a flood: ${JSON.stringify(seen)}\n`);
    await stopFlood(flooding);
    for (const { ms, queued } of seen) {
      expect(queued).toBeGreaterThan(10_000);
      expect(ms).toBeLessThan(1_000);
    }
  }, 180_000);

  it('gains nothing by splitting them over 1,000 keys', async () => {
    const [flooding, other] = [await newWorkspace(), await newWorkspace()];
    const [work, few] = [await publishFlow(flooding.client, WORK), await publishFlow(other.client, WORK)];
    await flood(installation, {
      workspaceId: flooding.id,
      workflowId: work,
      runs: 20_000,
      laneOf: (index) => ({ key: `k${index % 1_000}`, limit: 50 }),
    });
    let most = 0;
    let watching = true;
    const watch = (async () => {
      while (watching) most = Math.max(most, await countUnderWay(flooding));
    })();
    const askedAt = Date.now();
    const runs = await startRuns(other.client, few, Array(100).fill({}));
    const starts = await startsOf(runs.map(({ id }) => id));
    watching = false;
    await watch;
    const last = Math.round(Math.max(...starts) - askedAt);
    const queued = await countQueued(flooding);
    process.stderr.write(
      `fairness, 100 runs beside 1,000 lanes: the last started after ${last} ms, ${queued} queued, at most ${most} under way\n`,
    );
    await stopFlood(flooding);
    expect(last).toBeLessThan(2_000);
    expect(queued).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(MOST_UNDER_WAY);
  }, 120_000);
});

describe('a workflow with a limit of 2', () => {
  it('never has more than 2 of 20 runs between start and end, waits included, and all end', async () => {
    const { client } = await newWorkspace();
    const workflow = await publishFlow(client, {
      graph: { steps: [{ id: 'wait', type: 'wait', for: '300ms' }], edges: [] },
      settings: { concurrency: { limit: 2 } },
    });
    await startRuns(client, workflow, Array(20).fill({}));
    const spans = await eventually(
      async () => {
        const rows = await installation.database.query<{ type: string; at: number }>(
          `select f.type, (extract(epoch from f.at) * 1000)::float8 as at from run_facts f join runs r on r.id = f.run_id
           where r.workflow_id = $1 and f.type in ('run.started', 'run.completed', 'run.failed') order by f.at, f.type`,
          [fromTypeId('wf', workflow)],
        );
        return rows.length === 40 ? rows : undefined;
      },
      { timeoutMs: 30_000, what: '20 ended runs' },
    );
    let between = 0;
    let most = 0;
    for (const { type } of spans) most = Math.max(most, (between += type === 'run.started' ? 1 : -1));
    expect([most, between]).toEqual([2, 0]);
    expect(spans.filter(({ type }) => type === 'run.failed')).toEqual([]);
  }, 60_000);
});
