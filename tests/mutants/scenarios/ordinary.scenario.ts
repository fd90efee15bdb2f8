import { chain, publishAgain, publishFlow } from '../../harness/flows.js';
import { endedRuns, installLeadToSequence, segmentEntered } from '../../harness/lead-to-sequence.js';
import type { Stage } from '../stage.js';
import { start, untilEnded } from './play.js';

/** A little of everything, and nothing goes wrong: events of which one comes thrice, a branch, joins, a fallback, a wait, a list, two versions. */
export const ordinary = {
  cast: {},
  async act(stage: Stage) {
    const { workspace, installation, provider } = stage;
    provider.answer(({ path }) => ({ status: path === '/broken' ? 422 : 200, delayMs: path === '/slow' ? 300 : 0 }));
    const call = (id: string, more: object = {}) => ({
      id,
      type: 'http',
      method: 'POST',
      url: `${provider.url}/${id}`,
      body: { n: 1 },
      ...more,
    });
    const graph = {
      steps: [
        { id: 'choose', type: 'branch' },
        call('first'),
        call('second'),
        call('slow'),
        call('broken', { on_error: { goto: 'instead' }, retry: { max_attempts: 1 } }),
        { id: 'instead', type: 'transform', output: 'instead' },
        { id: 'nap', type: 'wait', for: '600ms' },
        { id: 'each', type: 'foreach', items: '[1, 2, 3]', graph: { steps: [call('item', { body: '${ item }' })], edges: [] } },
        { id: 'joined', type: 'transform', output: 'joined' },
      ],
      edges: [
        { from: 'choose', to: 'first', condition: 'true' },
        { from: 'choose', to: 'second', condition: 'true' },
        { from: 'first', to: 'joined' },
        { from: 'second', to: 'joined' },
        { from: 'slow', to: 'joined' },
        ...chain('nap', 'each'),
      ],
    };
    await installLeadToSequence(workspace);
    const workflowId = await publishFlow(workspace.client, { graph, output: { said: '${ steps.joined.output }' } });
    const whole = await start(stage, workflowId);
    const joined = { id: 'joined', type: 'transform', output: 'joined' };
    await publishAgain(workspace.client, workflowId, { steps: [call('first', { method: 'PUT' }), joined], edges: [] });
    const again = await start(stage, workflowId);
    const line = segmentEntered(workspace.id, 'lead_0010');
    for (const each of [line, line, segmentEntered(workspace.id, 'lead_0011'), line]) await installation.produceLine(each);
    await untilEnded(stage, [whole, again]);
    await endedRuns(workspace, 4, 2_000).catch(() => undefined);
    return { graceMs: 2_000 };
  },
};
