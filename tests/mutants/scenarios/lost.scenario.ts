import { v7 as uuid } from 'uuid';
import { workspaceUuid } from '@flows/contracts';
import { chain, publishFlow } from '../../harness/flows.js';
import { fromTypeId } from '@flows/contracts';
import type { Stage } from '../stage.js';
import { start, untilEnded } from './play.js';

const napping = {
  graph: {
    steps: [
      { id: 'nap', type: 'wait', for: '300ms' },
      { id: 'after', type: 'transform', output: 1 },
    ],
    edges: chain('nap', 'after'),
  },
};

/** A due timer is claimed, and its firing never gets out. Half a minute later (which the test does not wait for) it is fired again. */
export const lostFiring = {
  cast: { failpoints: { orchestrator: 'orchestrator.timer_before_publish=throw@1' } },
  async act(stage: Stage) {
    const { database } = stage.installation;
    const run = await start(stage, napping);
    await untilEnded(stage, [run], 900);
    await database.query(`update timers set claim_at = claim_at - interval '31 seconds' where run_id = $1`, [run]);
    await untilEnded(stage, [run], 2_000);
    return { faults: true, graceMs: 500 };
  },
};

/** A run was accepted, and whoever accepted it died before it told anybody. */
export const neverPublished = {
  cast: {},
  async act(stage: Stage) {
    const { database, history } = stage.installation;
    const workflowId = fromTypeId('wf', await publishFlow(stage.workspace.client, napping));
    const id = uuid();
    await history.note('start', async () => {
      await database.query(
        `insert into runs (id, workspace_id, workflow_id, version, payload, trigger_type, trigger, expires_at, admitted_at, wake_at)
         values ($1, $2, $3, 1, '{}', 'api', '{"type":"api"}', now() + interval '1 day', now(), now())`,
        [id, workspaceUuid(stage.workspace.id), workflowId],
      );
      return id;
    });
    await untilEnded(stage, [id], 4_000);
    return { faults: true, graceMs: 1_000 };
  },
};
