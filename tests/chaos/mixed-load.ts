import { fromTypeId, toTypeId } from '@flows/contracts';
import type { RecordingProvider } from '@flows/testkit';
import { chain, publishFlow } from '../harness/flows.js';
import { eventLine } from '../harness/event-lines.js';
import type { Installation, Workspace } from '../harness/installation.js';
import { installLeadToSequence, segmentEntered } from '../harness/lead-to-sequence.js';
import type { ClientOperation } from '../invariants/evidence/evidence.js';
import { pause, type SeededRandom } from '../harness/seeded-random.js';
import type { RunView } from '../harness/views.js';

const retry = { max_attempts: 10, initial_interval: '200ms', backoff: 1.5, max_interval: '2s' };
const only = (...steps: object[]) => ({ steps, edges: [] });

/** Flows of every kind that the engine knows, each done in seconds when nobody disturbs it. */
function flowsOf(url: string): Record<string, { graph: { steps: object[]; edges: object[] }; settings?: object }> {
  const call = (id: string, more: object = {}) => ({
    id,
    type: 'http',
    method: 'POST',
    url: `${url}/${id}`,
    body: { step: id, n: '${ payload.n }' },
    timeout: '3s',
    retry,
    ...more,
  });
  return {
    chain: { graph: { steps: [call('a'), { id: 'nap', type: 'wait', for: '700ms' }, call('b')], edges: chain('a', 'nap', 'b') } },
    diamond: {
      graph: {
        steps: [
          { id: 'choose', type: 'branch', mode: 'all' },
          call('left'),
          call('right'),
          { id: 'join', type: 'transform', output: { n: '${ payload.n }' } },
          call('after', { join: 'any' }),
        ],
        edges: [
          { from: 'choose', to: 'left' },
          { from: 'choose', to: 'right', condition: 'payload.n % 2 == 0' },
          { from: 'left', to: 'join' },
          { from: 'right', to: 'join' },
          { from: 'left', to: 'after' },
          { from: 'right', to: 'after' },
        ],
      },
    },
    foreach: {
      graph: {
        steps: [
          {
            id: 'each',
            type: 'foreach',
            items: '[1, 2, 3, 4]',
            concurrency: 2,
            graph: only({ ...call('item'), body: { item: '${ item }', n: '${ payload.n }' } }),
          },
          call('then'),
        ],
        edges: chain('each', 'then'),
      },
    },
    approval: {
      graph: {
        steps: [{ id: 'ask', type: 'approval', due: '1500ms', on_due: 'approve' }, call('done')],
        edges: chain('ask', 'done'),
      },
    },
    event: {
      graph: {
        steps: [
          { id: 'hear', type: 'wait', event: { type: 'deal.won', match: 'event.subject == payload.subject', timeout: '4s' } },
          call('heard'),
        ],
        edges: chain('hear', 'heard'),
      },
    },
    fallback: {
      graph: {
        steps: [
          {
            ...call('broken'),
            url: `${url}/broken`,
            retry: { max_attempts: 2, initial_interval: '200ms' },
            on_error: { goto: 'instead' },
          },
          call('instead'),
        ],
        edges: [],
      },
    },
    fragile: { graph: { steps: [call('a'), call('fragile'), call('b')], edges: chain('a', 'fragile', 'b') } },
    cleanup: {
      graph: {
        steps: [call('work'), { id: 'nap', type: 'wait', for: '1s' }, call('rest'), call('undo')],
        edges: chain('work', 'nap', 'rest'),
      },
      settings: { on_cancel: { goto: 'undo' } },
    },
  };
}

/**
 * Clients that do not know that anything is wrong: they start runs, produce events (some twice), pause, resume and cancel, and note what
 * they were told.
 */
export class MixedLoad {
  private readonly started: string[] = [];
  private workflows: Record<string, string> = {};
  private count = 0;

  constructor(
    private readonly installation: Installation,
    private readonly workspace: Workspace,
    private readonly provider: RecordingProvider,
    private readonly random: SeededRandom,
  ) {}

  async prepare(): Promise<void> {
    await installLeadToSequence(this.workspace);
    const flows = Object.entries(flowsOf(this.provider.url));
    const ids = await Promise.all(
      flows.map(async ([name, flow]) => [name, await publishFlow(this.workspace.client, flow)] as const),
    );
    this.workflows = Object.fromEntries(ids);
    const parent = { id: 'child', type: 'flow', workflow: this.workflows['chain'], input: { n: '${ payload.n }' } };
    this.workflows['parent'] = await publishFlow(this.workspace.client, { graph: only(parent) });
    this.provider.answer(({ path }) => this.answerTo(path));
  }

  /** Acts several times a second until the time is over. */
  async run(forMs: number): Promise<number> {
    const end = Date.now() + forMs;
    const acts: Promise<unknown>[] = [];
    while (Date.now() < end) {
      acts.push(this.act().catch(() => undefined));
      await pause(80 + this.random.below(160));
    }
    await Promise.all(acts);
    return this.count;
  }

  private async act(): Promise<void> {
    const dice = this.random.next();
    if (dice < 0.2) return this.produceLead();
    if (dice < 0.45 && this.started.length > 0) return this.control();
    return this.start();
  }

  private async start(): Promise<void> {
    const n = (this.count += 1);
    const workflowId = this.random.pick(Object.values(this.workflows));
    const subject = `deal-${n}`;
    const key = this.random.next() < 0.3 ? `key-${n}` : undefined;
    const send = () =>
      this.installation.history.note(
        'start',
        async () => {
          const { status, body } = await this.client.post<RunView>(
            `/flows/workflows/${workflowId}/runs`,
            { payload: { n, subject } },
            key === undefined ? {} : { 'idempotency-key': key },
          );
          if (status >= 500) throw new Error(`Answered ${status}`);
          return status < 300 ? fromTypeId('run', body.id) : null;
        },
        key === undefined ? {} : { idempotencyKey: key },
      );
    const id = await send();
    // A client with a key asks again until it is told.
    if (id === null && key !== undefined) await pause(1_500).then(send);
    if (id !== null) this.started.push(id);
    if (this.random.next() < 0.5) await this.installation.produceLine(eventLine(this.workspace.id, 'deal.won', subject));
  }

  private async produceLead(): Promise<void> {
    const n = (this.count += 1);
    const line = segmentEntered(this.workspace.id, `lead_00${10 + (n % 60)}`);
    for (let copies = this.random.next() < 0.3 ? 3 : 1; copies > 0; copies -= 1) await this.installation.produceLine(line);
  }

  private async control(): Promise<void> {
    const id = this.random.pick(this.started.slice(-20));
    const dice = this.random.next();
    if (dice < 0.3) return void (await this.tell(id, 'cancel'));
    if (dice < 0.6) return this.retrySome();
    const paused = await this.tell(id, 'pause');
    await pause(300 + this.random.below(1_200));
    // Nobody leaves a run paused, whatever he was told.
    for (let tries = 0; tries < 60; tries += 1) {
      const { outcome } = await this.tell(id, 'resume');
      if (outcome === 'ok' || (outcome === 'fail' && paused.outcome !== 'unknown')) return;
      // Refused, and it is not known whether the pause is still to come: once more, later.
      if (outcome === 'fail' && tries > 5) return;
      await pause(500);
    }
  }

  /** Of those that did not complete, whatever the reason. */
  private async retrySome(): Promise<void> {
    const { status, body } = await this.client.get<{ items: RunView[] }>('/flows/runs?status=failed&status=cancelled&limit=20');
    const some = status < 300 ? body.items.slice(0, 3) : [];
    await Promise.all(some.map((run) => this.tell(fromTypeId('run', run.id) ?? run.id, 'retry')));
  }

  private tell(id: string, op: 'pause' | 'resume' | 'cancel' | 'retry'): Promise<ClientOperation> {
    return this.installation.history.enter(op, async () => {
      const { status } = await this.client.post(`/flows/runs/${toTypeId('run', id)}/${op}`);
      if (status >= 500) throw new Error(`Answered ${status}`);
      return status < 300 ? id : null;
    });
  }

  private get client() {
    return this.workspace.at(this.installation.gatewayUrl).client;
  }

  private answerTo(path: string) {
    if (path === '/broken') return { status: 500 };
    if (path === '/fragile' && this.random.next() < 0.5) return { status: 422 };
    if (this.random.next() < 0.03) return { status: 503 };
    return { body: { ok: true }, delayMs: this.random.next() < 0.1 ? this.random.below(1_500) : this.random.below(40) };
  }
}
