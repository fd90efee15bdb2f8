import type { RunInput, RunRequested } from '@flows/contracts';
import { initialState, isTerminal, type RunState } from '@flows/run-machine';
import type { Steps } from '../kernel/scheduler.js';
import { InfrastructureError } from '../world/disturbance.js';
import type { Member, Message } from '../world/sim-kafka.js';
import type { StoredFact } from '../world/sim-pg.js';
import { STEP_COMMANDS } from '../world/topics.js';
import type { World } from '../world/world.js';
import { carryOut } from './after-commit.js';
import { foldRun, type Consequences, type FoldedRun } from './fold-run.js';
import { planFor, scopeOf, StaleRunError, stateOf, writeBatch } from './run-rows.js';

const BATCH = 20;

/** The path of a batch: fold and commit → carry out and publish → resolve offsets. */
export function* consumeRunInputs(world: World, member: Member, name: string): Steps {
  const cache = new Map<string, RunState>();
  for (;;) {
    const batch = yield* member.poll(BATCH);
    try {
      if (world.mutant === 'offsets_before_commit') yield* member.commit(batch);
      const inputs = batch.records.map((record) => record.value as RunInput);
      const consequences = yield* process(world, cache, inputs);
      const told = [...stepCommands(world, consequences), ...(yield* carryOut(world, consequences))];
      const outgoing = world.mutant === 'tells_twice' ? told : onceEach(told);
      yield* world.kafka.publish(outgoing);
      for (const record of batch.records) record.handled = true;
      yield* member.commit(batch);
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      world.scheduler.note(`${name}: ${error.message}`);
      yield 50 + world.kafka.disturbance.int(200);
      member.rewind();
    }
  }
}

/**
 * One of each: redelivered inputs of one batch tell the same again, and what is told twice is answered twice. Without this, and with
 * every tenth publish failing, a chain of children multiplies its messages at every link.
 */
function onceEach(messages: readonly Message[]): Message[] {
  const first = new Map<string, Message>();
  for (const message of messages) {
    const id = `${message.topic} ${(message.value as { id: string }).id}`;
    if (!first.has(id)) first.set(id, message);
  }
  return [...first.values()];
}

function* process(world: World, cache: Map<string, RunState>, inputs: readonly RunInput[]): Steps<Consequences[]> {
  const byRun = new Map<string, RunInput[]>();
  for (const input of inputs) byRun.set(input.run_id, [...(byRun.get(input.run_id) ?? []), input]);
  for (let first = true; ; first = false) {
    try {
      return yield* foldAndWrite(world, cache, byRun, first);
    } catch (error) {
      if (!(error instanceof StaleRunError)) throw error;
      world.scheduler.note('another writer was ahead');
      for (const runId of byRun.keys()) cache.delete(runId);
    }
  }
}

function* foldAndWrite(
  world: World,
  cache: Map<string, RunState>,
  byRun: ReadonlyMap<string, RunInput[]>,
  trustRequests: boolean,
): Steps<Consequences[]> {
  const { pg } = world;
  const folded = new Map<string, FoldedRun>();
  const toLoad: string[] = [];
  for (const [runId, inputs] of byRun) {
    const state = cache.get(runId) ?? (trustRequests ? stateOfRequest(world, inputs[0]) : undefined);
    if (state !== undefined) folded.set(runId, fold(world, state, inputs, []));
    if (state === undefined || (folded.get(runId)?.ignoredAny === true && world.mutant !== 'trusts_the_cache'))
      toLoad.push(runId);
  }
  if (toLoad.length > 0) {
    const loaded = yield* pg.transaction('load runs', () =>
      toLoad.flatMap((runId) => {
        const row = pg.runs.get(runId);
        return row === undefined ? [] : [{ state: stateOf(pg, row), facts: [...row.facts] }];
      }),
    );
    for (const { state, facts } of loaded) folded.set(state.runId, fold(world, state, byRun.get(state.runId) ?? [], facts));
    for (const runId of toLoad)
      if (!loaded.some(({ state }) => state.runId === runId)) world.scheduler.note(`unknown run ${runId}`);
  }
  const runs = [...folded.values()];
  if (world.mutant === 'publish_before_commit')
    yield* world.kafka.publish(
      stepCommands(
        world,
        runs.flatMap((run) => run.consequences),
      ),
    );
  yield* pg.transaction('write runs', () => writeBatch(world, runs));
  for (const { state, facts } of runs) {
    for (const { type, step_id: stepId } of facts) world.scheduler.note(`${state.runId.slice(-6)} ${type} ${stepId ?? ''}`);
    if (isTerminal(state.status)) cache.delete(state.runId);
    else cache.set(state.runId, state);
  }
  return runs.flatMap((run) => run.consequences);
}

function fold(world: World, state: RunState, inputs: readonly RunInput[], history: readonly StoredFact[]): FoldedRun {
  return foldRun(planFor(world, state, state.scope?.body ?? []), state, inputs, history, world);
}

/** A request carries all that its queued row holds; an item's scope has to be at hand. */
function stateOfRequest(world: World, input: RunInput | undefined): RunState | undefined {
  if (input?.type !== 'run.requested') return undefined;
  const request: RunRequested = input;
  if (request.scope_id !== undefined && !world.pg.scopes.has(request.scope_id)) return undefined;
  return initialState({
    runId: request.run_id,
    workspaceId: request.workspace_id,
    workflowId: request.workflow_id,
    version: request.version,
    payload: request.payload,
    trigger: request.trigger,
    createdAt: request.created_at,
    parent: request.parent ?? null,
    scope: request.scope_id === undefined ? null : scopeOf(world.pg, { scopeId: request.scope_id, body: request.body ?? [] }),
  });
}

function stepCommands(world: World, consequences: readonly Consequences[]): Message[] {
  return consequences.flatMap(({ input, commands }) =>
    commands.flatMap((command): Message[] => {
      if (command.type !== 'step.run') return [];
      const arrived = () => void (input.type === 'run.nudged' || world.observer.commanded.add(command.command.id));
      return [{ topic: STEP_COMMANDS, key: command.command.run_id, value: command.command, arrived }];
    }),
  );
}
