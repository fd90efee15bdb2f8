import { chain } from '../../harness/flows.js';
import { pause } from '../../harness/seeded-random.js';
import type { Stage } from '../stage.js';
import { start, untilEnded, untilFact } from './play.js';
import { toTypeId } from '@flows/contracts';

/** A run is paused in the middle of a step and resumed, one is cancelled while it waits, one fails and is retried. */
export const controls = {
  cast: {},
  async act(stage: Stage) {
    const { provider, installation, workspace } = stage;
    let failing = true;
    provider.answer(({ path }) => ({ status: path === '/second' && failing ? 422 : 200, delayMs: path === '/work' ? 500 : 0 }));
    const call = (id: string) => ({ id, type: 'http', method: 'POST', url: `${provider.url}/${id}`, body: { id } });
    const control = (id: string, op: 'pause' | 'resume' | 'cancel' | 'retry') =>
      installation.history.note(op, async () => {
        const { status } = await workspace.client.post(`/flows/runs/${toTypeId('run', id)}/${op}`);
        return status < 300 ? id : null;
      });
    const paused = await start(stage, { graph: { steps: [call('work'), call('then')], edges: chain('work', 'then') } });
    await untilFact(stage, paused, 'step.scheduled', 'work');
    const cancelled = await start(stage, {
      graph: { steps: [{ id: 'nap', type: 'wait', for: '4s' }, call('late')], edges: chain('nap', 'late') },
    });
    const retried = await start(stage, { graph: { steps: [call('first'), call('second')], edges: chain('first', 'second') } });
    await control(paused, 'pause');
    await untilFact(stage, paused, 'step.completed', 'work');
    await Promise.all([control(cancelled, 'cancel'), untilFact(stage, retried, 'run.failed')]);
    failing = false;
    await control(retried, 'retry');
    await pause(200);
    await control(paused, 'resume');
    await untilEnded(stage, [paused, cancelled, retried]);
    return {};
  },
};
