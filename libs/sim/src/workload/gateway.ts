import { toTypeId, type RunInput, type RunRequested } from '@flows/contracts';
import { isTerminal } from '@flows/run-machine';
import type { Steps } from '../kernel/scheduler.js';
import { insertRun, rowOf } from '../shell/after-commit.js';
import { InfrastructureError } from '../world/disturbance.js';
import { RUN_INPUTS } from '../world/topics.js';
import type { RunRow } from '../world/sim-pg.js';
import type { SimWorkflow, World } from '../world/world.js';

const TRIES = 4;

/** Accepts a run: its row first, then the request, which may get lost. A client that hears nothing asks again under the same id. */
export function* acceptRun(world: World, request: RunRequested, workflow: SimWorkflow): Steps {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const row = rowOf(request, workflow.plan.timeoutMs);
      yield* world.pg.transaction('accept run', () => insertRun(world, row));
      world.observer.accepted.add(request.run_id);
      break;
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      if (attempt >= TRIES) return void world.observer.unknown.add(request.run_id);
      yield 500 * attempt;
    }
  }
  yield* send(world, request);
}

/** @returns whether it was sent; where not, the client may know no better. */
export function* send(world: World, input: RunInput): Steps<boolean> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      yield* world.kafka.publish([{ topic: RUN_INPUTS, key: input.run_id, value: input }]);
      return true;
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      yield 500 * attempt;
    }
  }
  return false;
}

type Control = 'pause' | 'resume' | 'cancel' | 'terminate' | 'retry';

/** Controls a run, as its row allows; its row is asked as the real gateway does. */
export function* control(
  world: World,
  runId: string,
  action: Control,
  id: string,
  more: { from_step?: string; input?: unknown } = {},
): Steps {
  let row: { status: RunRow['status']; workspaceId: string } | null;
  try {
    row = yield* world.pg.transaction('read run', () => {
      const found = world.pg.runs.get(runId);
      return found === undefined ? null : { status: found.status, workspaceId: found.identity.workspaceId };
    });
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return;
  }
  if (row === null) return;
  const ended = isTerminal(row.status);
  if (action === 'retry' ? !ended || row.status === 'completed' : ended) return;
  const input = {
    ...more,
    type: `control.${action}`,
    id,
    run_id: runId,
    workspace_id: row.workspaceId,
    at: world.scheduler.now,
    actor: 'ada',
  };
  world.scheduler.note(`${action} ${toTypeId('run', runId).slice(-6)}`);
  yield* send(world, input as RunInput);
}
