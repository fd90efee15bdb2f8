import {
  fold,
  initialState,
  isTerminal,
  openTimers,
  planOfRun,
  waitingFor,
  wakeAt,
  type Command,
  type RunScope,
  type RunState,
} from '@flows/run-machine';
import type { FlowPlan } from '@flows/flow-graph';
import type { RunRow, SimPg } from '../world/sim-pg.js';
import type { World } from '../world/world.js';
import type { FoldedRun } from './fold-run.js';

/** The rows of runs: what is read and written of them, with the fencing of the real statement. */
export class StaleRunError extends Error {}

export function scopeOf(pg: SimPg, row: Pick<RunRow, 'scopeId' | 'body'>): RunScope | null {
  if (row.scopeId === null) return null;
  const scope = pg.scopes.get(row.scopeId);
  if (scope === undefined) throw new Error(`The scope ${row.scopeId} of an item is not there`);
  const root = pg.runs.get(scope.rootRunId);
  if (root === undefined) throw new Error(`The root ${scope.rootRunId} of a scope is not there`);
  const { payload, trigger } = root.identity;
  return { id: row.scopeId, body: row.body, rootRunId: scope.rootRunId, payload, trigger, ...scope.data };
}

export function initialOf(pg: SimPg, row: RunRow): RunState {
  return initialState({ ...row.identity, scope: scopeOf(pg, row) });
}

export function stateOf(pg: SimPg, row: RunRow): RunState {
  return fold(initialOf(pg, row), row.facts);
}

export function planFor(world: World, { workflowId }: { workflowId: string }, body: readonly string[]): FlowPlan {
  const plan = planOfRun((world.workflows.get(workflowId) as { plan: FlowPlan }).plan, body);
  if (plan === null) throw new Error(`There is no body ${body.join('/')}`);
  return plan;
}

/** Everything of a batch in one transaction, or nothing. Not a generator: it is the work of one. */
export function writeBatch(world: World, folded: readonly FoldedRun[]): void {
  const { pg, mutant } = world;
  for (const { before, facts } of folded) {
    const row = pg.runs.get(before.runId);
    if (facts.length === 0) continue;
    if (row === undefined || (row.seq !== before.seq && mutant !== 'no_fencing')) throw new StaleRunError();
  }
  for (const run of folded) {
    if (run.facts.length > 0) writeRow(world, run);
    writeTimers(world, run);
    // INVARIANT: they are written with the facts that open them, and only so. Of an input that changed nothing the state may be old.
    if (run.facts.length > 0 || mutant === 'waits_without_facts') writeWaits(pg, run);
  }
}

function writeRow(world: World, { state, facts }: FoldedRun): void {
  const row = world.pg.runs.get(state.runId) as RunRow;
  for (const fact of facts) row.facts.push({ ...fact, committedAt: world.scheduler.now });
  row.seq = state.seq;
  row.status = state.status;
  row.waitingFor = waitingFor(state);
  row.wakeAt = wakeAt(state);
  row.expiresAt = state.expiresAt ?? row.expiresAt;
  // What was scheduled in an earlier life of the run is void like what was scheduled before a cancellation.
  const retried = facts.findLast(({ type }) => type === 'run.retried');
  row.cancelRequestedAt = state.cancelling?.at ?? retried?.at ?? row.cancelRequestedAt;
  wakeSweepersAt(world, row);
  world.pg.onChange('run', state.runId);
}

export function wakeSweepersAt(world: World, row: RunRow): void {
  const { wakeAt: time, expiresAt } = row;
  const wake = () => world.sweepers.forEach((sweeper) => world.scheduler.wake(sweeper));
  world.scheduler.at(time, () => {
    if (row.wakeAt === time && !isTerminal(row.status)) wake();
  });
  world.scheduler.at(expiresAt, () => {
    if (row.expiresAt === expiresAt && !isTerminal(row.status)) wake();
  });
}

function writeTimers(world: World, { state, disarmed, consequences, facts }: FoldedRun): void {
  const { timers } = world.pg;
  if (world.mutant !== 'timers_stay') for (const timerId of disarmed) timers.delete(`${state.runId} ${timerId}`);
  const open = openTimers(state);
  if (facts.length === 0 && world.mutant !== 'waits_without_facts') return;
  for (const command of commandsIn(consequences)) {
    if (command.type !== 'timer.arm' || !open.delete(command.timerId)) continue;
    const key = `${state.runId} ${command.timerId}`;
    if (timers.has(key)) continue;
    timers.set(key, { runId: state.runId, timerId: command.timerId, dueAt: command.dueAt, claimAt: command.dueAt });
    world.scheduler.at(command.dueAt, () => world.timerPollers.forEach((poller) => world.scheduler.wake(poller)));
  }
}

function writeWaits(pg: SimPg, { before, state, consequences }: FoldedRun): void {
  for (const [stepId, step] of before.steps)
    if (step.wait?.for === 'event' && state.steps.get(stepId)?.wait?.for !== 'event')
      pg.subscriptions.delete(`${state.runId} ${stepId}`);
  const asked = askedIn(before);
  for (const command of commandsIn(consequences)) {
    if (command.type === 'event.subscribe' && state.steps.get(command.stepId)?.wait?.for === 'event') {
      const { stepId, eventType, correlation, since } = command;
      pg.subscriptions.set(`${state.runId} ${stepId}`, {
        runId: state.runId,
        workspaceId: state.workspaceId,
        stepId,
        eventType,
        correlation,
        since,
      });
      pg.onChange('subscription', `${state.runId} ${stepId}`);
    } else if (command.type === 'approval.open') {
      const { approval_id: id } = command.asked;
      asked.add(id);
      if (pg.approvals.has(id)) continue;
      pg.approvals.set(id, { runId: state.runId, stepId: command.stepId, status: 'open' });
      pg.onChange('approval', id);
    } else if (command.type === 'approval.close') {
      const row = pg.approvals.get(command.decided.approval_id);
      if (row !== undefined) row.status = command.decided.expired ? 'expired' : command.decided.decision;
    }
  }
  const open = askedIn(state);
  for (const id of asked) {
    const row = pg.approvals.get(id);
    if (!open.has(id) && row?.status === 'open') row.status = 'withdrawn';
  }
}

function askedIn(state: RunState): Set<string> {
  return new Set([...state.steps.values()].flatMap(({ wait }) => (wait?.for === 'approval' ? [wait.asked.approval_id] : [])));
}

function* commandsIn(consequences: FoldedRun['consequences']): Generator<Command> {
  for (const { commands } of consequences) yield* commands;
}
