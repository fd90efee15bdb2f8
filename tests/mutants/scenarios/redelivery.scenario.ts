import { chain } from '../../harness/flows.js';
import type { Stage } from '../stage.js';
import { start, untilEnded } from './play.js';

const FLOW = {
  graph: {
    steps: [
      { id: 'nap', type: 'wait', for: '300ms' },
      { id: 'work', type: 'connector', connection: 'crm', action: 'leads.get', input: { lead_id: 'lead_0001' }, timeout: '1s' },
      { id: 'after', type: 'transform', output: 1 },
    ],
    edges: chain('nap', 'work', 'after'),
  },
};

async function act(stage: Stage) {
  const run = await start(stage, FLOW);
  await untilEnded(stage, [run], 5_000);
  return { faults: true };
}

/** A batch is committed, and what follows from it cannot be published the first time: the batch comes again. */
export const publishFails = { cast: { failpoints: { orchestrator: 'orchestrator.after_commit_before_publish=throw@2' } }, act };
/** A batch fails before it is folded, and comes again. */
export const foldFails = { cast: { failpoints: { orchestrator: 'orchestrator.before_fold=throw@2' } }, act };
