import { EvidenceWorld } from './evidence.world.js';

const work = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  type: 'connector',
  connection: 'crm',
  action: 'noop.run',
  input: { from: id, item: '${ payload }' },
  ...more,
});

export interface BusyWorld {
  world: EvidenceWorld;
  /** Branch, two paths of which one is dead, and a join. */
  branching: string;
  /** Two attempts, with a retry's timer between them. */
  retrying: string;
  /** A wait that has ended. */
  waited: string;
  /** A wait that goes on. */
  waiting: string;
  /** A list, item by item. */
  iterating: string;
  /** Paused in the middle of a step, resumed, done. */
  paused: string;
  /** Cancelled while it waited, with a cleanup. */
  cancelled: string;
  /** Failed, retried, done. */
  retried: string;
}

/** One run of each kind that the checkers look at, in a world where everything went well. */
export function busyWorld(): BusyWorld {
  const world = new EvidenceWorld();
  const branching = world.start({
    steps: [{ id: 'choose', type: 'branch' }, work('yes'), work('no'), work('joined')],
    edges: [
      { from: 'choose', to: 'yes', condition: 'true' },
      { from: 'choose', to: 'no' },
      { from: 'yes', to: 'joined' },
      { from: 'no', to: 'joined' },
    ],
  });
  const broken = { status: 'failed', error: { code: 'boom', message: 'boom', class: 'retryable', origin: 'provider' } } as const;
  world.outcomes.set('again', [broken]);
  const retrying = world.start({ steps: [work('again')], edges: [] });
  world.fire(retrying, 'retry:again:1');
  const wait = { steps: [{ id: 'pause', type: 'wait', for: '1h' }, work('after')], edges: [{ from: 'pause', to: 'after' }] };
  const waited = world.start(wait);
  world.fire(waited, 'wait:pause');
  const iterating = world.start(
    {
      steps: [
        { id: 'each', type: 'foreach', items: 'payload.list', concurrency: 2, graph: { steps: [work('item')], edges: [] } },
        work('then'),
      ],
      edges: [{ from: 'each', to: 'then' }],
    },
    { list: ['a', 'b', 'c'] },
  );
  const paused = world.start(wait);
  world.control(paused, 'pause');
  world.fire(paused, 'wait:pause');
  world.control(paused, 'resume');
  const cancelled = world.start(
    { steps: [{ id: 'pause', type: 'wait', for: '1h' }, work('after'), work('undo')], edges: [{ from: 'pause', to: 'after' }] },
    {},
    { settings: { on_cancel: { goto: 'undo' } } },
  );
  world.control(cancelled, 'cancel');
  world.outcomes.set('second', [{ ...broken, error: { ...broken.error, class: 'non_retryable' } }]);
  const retried = world.start({
    steps: [work('first'), work('second'), work('third')],
    edges: [
      { from: 'first', to: 'second' },
      { from: 'second', to: 'third' },
    ],
  });
  world.control(retried, 'retry');
  const waiting = world.start(wait);
  return { world, branching, retrying, waited, waiting, iterating, paused, cancelled, retried };
}
