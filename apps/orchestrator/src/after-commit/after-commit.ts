import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { findKeptEventsOfAll } from '@flows/postgres';
import type { Topics } from '@flows/contracts';
import type { OutgoingMessage } from '@flows/kafka';
import type { Command } from '@flows/run-machine';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { ENGINE_POOL, TOPICS } from '../orchestrator.tokens.js';
import { inputMessage } from '../publish/input-message.js';
import { subscriptionOf } from '../runs/batch-write.js';
import type { Consequences } from '../runs/fold-run.js';
import { ScopeStore, type ScopeToStore } from '../runs/scope.store.js';
import { controlOfChild, endOfChild } from './child-messages.js';
import { ChildRuns, type ChildToSpawn, type SpawnedInput } from './child-runs.js';

/**
 * Carries out what committed facts command of the orchestrator itself, and says which inputs follow from it. Each command may come
 * twice: after a crash before the offsets were resolved, and when a silent run is asked after.
 *
 * INVARIANT: a scope is kept before an item that needs it is written; a subscription is committed before the mailbox is read.
 */
@Injectable()
export class AfterCommit {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(TOPICS) private readonly topics: Topics,
    private readonly scopes: ScopeStore,
    private readonly children: ChildRuns,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  async carryOut(consequences: readonly Consequences[]): Promise<OutgoingMessage[]> {
    const work = sort(consequences);
    if (work === null) return [];
    await this.scopes.store(work.scopes);
    const { inputs: requests, refused } = await this.children.spawn(work.children);
    const controls = work.controls.filter(({ input }) => !refused.has(input.run_id));
    const inputs = [...work.reports, ...requests, ...controls, ...(await this.lookBack(work.lookBacks))];
    return inputs.map(({ input, traceparent }) => inputMessage(this.topics, input, traceparent ?? null));
  }

  /** Events that came before their wait began. */
  private async lookBack(waits: readonly LookBack[]): Promise<SpawnedInput[]> {
    if (waits.length === 0) return [];
    const found = await findKeptEventsOfAll(
      this.pool,
      waits.map(({ subscription }) => subscription),
      ({ runId, stepId }) =>
        this.logger.warn({ run_id: runId, step_id: stepId }, 'too many kept events: newer ones are not tried'),
    );
    return found.flatMap((events, index) => {
      const { subscription, traceparent } = waits[index] as LookBack;
      const { runId, stepId, workspaceId } = subscription;
      return events.map((event): SpawnedInput => ({
        input: {
          type: 'event.received',
          id: `evt:${event.source}:${event.id}:${runId}:${stepId}`,
          run_id: runId,
          workspace_id: workspaceId,
          at: Date.now(),
          event,
          step_id: stepId,
        },
        traceparent,
      }));
    });
  }
}

interface LookBack {
  subscription: ReturnType<typeof subscriptionOf>;
  traceparent: string | undefined;
}
interface Work {
  scopes: ScopeToStore[];
  children: ChildToSpawn[];
  lookBacks: LookBack[];
  reports: SpawnedInput[];
  controls: SpawnedInput[];
}

/** Null when there is nothing to do, as for most batches. */
function sort(consequences: readonly Consequences[]): Work | null {
  const work: Work = { scopes: [], children: [], lookBacks: [], reports: [], controls: [] };
  let any = false;
  for (const consequence of consequences) {
    for (const command of consequence.commands) any = add(work, consequence, command) || any;
  }
  return any ? work : null;
}

function add(work: Work, { arrived, state, timeoutMs }: Consequences, command: Command): boolean {
  const { traceparent } = arrived;
  switch (command.type) {
    case 'scope.store':
      work.scopes.push({ workspaceId: state.workspaceId, ...command });
      return true;
    case 'run.spawn':
      work.children.push({ run: command.run, parent: state, timeoutMs, traceparent });
      return true;
    case 'event.subscribe':
      work.lookBacks.push({ subscription: subscriptionOf(state, command), traceparent });
      return true;
    case 'child.control':
      work.controls.push({ input: controlOfChild(command, state), traceparent });
      return true;
    case 'child.report':
      work.reports.push({ input: endOfChild(command, state), traceparent });
      return true;
    case 'step.run':
    case 'timer.arm':
    case 'approval.open':
    case 'approval.close':
      return false;
  }
}
