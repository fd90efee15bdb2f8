import { canonicalJson, deriveId, toTypeId, type RunInput, type RunRequested, type RunTrigger } from '@flows/contracts';
import type { Command, RunState } from '@flows/run-machine';
import type { Steps } from '../kernel/scheduler.js';
import type { Message } from '../world/sim-kafka.js';
import type { KeptEventRow, RunRow, SubscriptionRow } from '../world/sim-pg.js';
import { RUN_INPUTS } from '../world/topics.js';
import { workflowByName, type World } from '../world/world.js';
import type { Consequences } from './fold-run.js';
import { wakeSweepersAt } from './run-rows.js';

/** Carries out what committed facts command of the orchestrator itself, and says which inputs follow. Each may come twice. */
export function* carryOut(world: World, consequences: readonly Consequences[]): Steps<Message[]> {
  const { pg } = world;
  const inputs: RunInput[] = [];
  const nudged = new Set<RunInput>();
  const scopes: (() => void)[] = [];
  const spawned: Spawned[] = [];
  const lookBacks: { state: RunState; command: Extract<Command, { type: 'event.subscribe' }>; nudged: boolean }[] = [];
  for (const { input, state, timeoutMs, commands } of consequences) {
    for (const command of commands) {
      if (command.type === 'scope.store') {
        const { scopeId, rootRunId, data } = command;
        scopes.push(() => pg.scopes.has(scopeId) || pg.scopes.set(scopeId, { rootRunId, data }));
      } else if (command.type === 'run.spawn') spawned.push(spawn(world, command, state, timeoutMs));
      else if (command.type === 'event.subscribe') lookBacks.push({ state, command, nudged: input.type === 'run.nudged' });
      else if (command.type === 'child.control') inputs.push(controlOf(command, state, input));
      else if (command.type === 'child.report') inputs.push(endOf(world, command, state));
    }
  }
  if (scopes.length > 0) yield* pg.transaction('store scopes', () => scopes.forEach((store) => store()));
  if (spawned.length > 0) yield* pg.transaction('insert children', () => spawned.forEach(({ row }) => insertRun(world, row)));
  if (lookBacks.length > 0 && world.mutant !== 'no_look_back') {
    const found = yield* pg.transaction('look back', () =>
      lookBacks.flatMap(({ state, command, nudged: bySweep }) => {
        const wait: SubscriptionRow = { ...command, runId: state.runId, workspaceId: state.workspaceId };
        const events = [...pg.mailbox.values()]
          .filter((kept) => isFor(wait, kept))
          .map(({ event }) => received(world, wait, event));
        if (bySweep) events.forEach((event) => nudged.add(event));
        return events;
      }),
    );
    inputs.push(...found);
  }
  inputs.push(...spawned.map(({ request }) => request));
  return inputs.map((input) => {
    const arrived = () => void (nudged.has(input) || world.observer.brought.add(input.id));
    return { topic: RUN_INPUTS, key: input.run_id, value: input, arrived };
  });
}

interface Spawned {
  readonly row: RunRow;
  readonly request: RunRequested;
}

function spawn(world: World, { run }: Extract<Command, { type: 'run.spawn' }>, parent: RunState, timeoutMs: number): Spawned {
  const workflow = run.kind === 'flow' ? workflowByName(world, run.workflow) : undefined;
  if (run.kind === 'flow' && workflow === undefined) throw new Error(`There is no workflow ${run.workflow}`);
  const trigger: RunTrigger = { type: 'flow' };
  const runId =
    world.mutant === 'chance_child_ids' ? deriveId(run.runId, `chance/${world.kafka.disturbance.int(1e9)}`) : run.runId;
  const request: RunRequested = {
    type: 'run.requested',
    id: `req:${runId}`,
    run_id: runId,
    workspace_id: parent.workspaceId,
    at: parent.updatedAt,
    workflow_id: workflow?.id ?? parent.workflowId,
    version: 1,
    payload: run.payload,
    trigger,
    created_at: parent.updatedAt,
    parent: run.parent,
    ...(run.kind === 'item' ? { body: run.body, scope_id: run.scopeId } : {}),
  };
  return { request, row: rowOf(request, workflow?.plan.timeoutMs ?? timeoutMs) };
}

export function rowOf(request: RunRequested, timeoutMs: number): RunRow {
  return {
    identity: {
      runId: request.run_id,
      workspaceId: request.workspace_id,
      workflowId: request.workflow_id,
      version: request.version,
      payload: request.payload,
      trigger: request.trigger,
      createdAt: request.created_at,
      parent: request.parent ?? null,
    },
    scopeId: request.scope_id ?? null,
    body: request.body ?? [],
    seq: 0,
    status: 'queued',
    waitingFor: null,
    wakeAt: request.created_at + 10_000,
    expiresAt: request.created_at + timeoutMs,
    cancelRequestedAt: null,
    facts: [],
  };
}

export function requestOf({ identity, scopeId, body }: RunRow, at: number): RunRequested {
  const { runId, workspaceId, workflowId, version, payload, trigger, createdAt, parent } = identity;
  return {
    type: 'run.requested',
    id: `req:${runId}`,
    run_id: runId,
    workspace_id: workspaceId,
    at,
    workflow_id: workflowId,
    version,
    payload,
    trigger,
    created_at: createdAt,
    ...(parent === null ? {} : { parent }),
    ...(scopeId === null ? {} : { scope_id: scopeId, body: [...body] }),
  };
}

/** On conflict do nothing. */
export function insertRun(world: World, row: RunRow): void {
  const { runId } = row.identity;
  if (world.pg.runs.has(runId)) return;
  world.pg.runs.set(runId, row);
  wakeSweepersAt(world, row);
  world.pg.onChange('run', runId);
}

/** Whether a kept event may be what a wait is for: by type, age and correlation. */
export function isFor(wait: SubscriptionRow, { workspaceId, event, at }: KeptEventRow): boolean {
  if (workspaceId !== wait.workspaceId || at < wait.since || event.type !== wait.eventType) return false;
  if (wait.correlation === null) return true;
  let value: unknown = event;
  for (const key of wait.correlation.path) value = (value as Record<string, unknown> | null)?.[key];
  return value !== undefined && canonicalJson(value) === canonicalJson(wait.correlation.value);
}

export function received(world: World, { runId, stepId, workspaceId }: SubscriptionRow, event: KeptEventRow['event']): RunInput {
  const id = `evt:${event.source}:${event.id}:${runId}:${stepId}`;
  return {
    type: 'event.received',
    id,
    run_id: runId,
    workspace_id: workspaceId,
    at: world.scheduler.now,
    event,
    step_id: stepId,
  };
}

function controlOf({ runId, action }: Extract<Command, { type: 'child.control' }>, parent: RunState, input: RunInput): RunInput {
  const id = `par:${action}:${runId}:${input.id}`;
  const { workspaceId, updatedAt } = parent;
  return {
    type: `control.${action}`,
    id,
    run_id: runId,
    workspace_id: workspaceId,
    at: updatedAt,
    actor: toTypeId('run', parent.runId),
  };
}

function endOf(
  world: World,
  { parent, childSeq, outcome, cost }: Extract<Command, { type: 'child.report' }>,
  child: RunState,
): RunInput {
  return {
    type: 'child.ended',
    id: `chd:${child.runId}:${childSeq}`,
    run_id: parent.run_id,
    workspace_id: child.workspaceId,
    at: child.endedAt ?? child.updatedAt,
    child_run_id: child.runId,
    step_id: parent.step_id,
    outcome,
    ...(cost === null ? {} : { cost }),
    ...(world.mutant === 'no_child_seq' ? {} : { child_seq: childSeq }),
  };
}
