import { toTypeId } from '@flows/contracts';
import { isTerminal, type RunState } from '@flows/run-machine';
import { initialOf, planFor } from '../shell/run-rows.js';
import type { World } from '../world/world.js';
import { checkHistory } from './check-histories.js';

/** Checks that look at all tables, all records and all calls together, once nothing moves any more. */
export function checkWorld(world: World, toTheEnd: boolean): Map<string, RunState> {
  const tell = (text: string) => world.observer.violation(text);
  const states = new Map<string, RunState>();
  for (const row of world.pg.runs.values()) {
    const plan = planFor(world, row.identity, row.body);
    const state = checkHistory(row, initialOf(world.pg, row), plan, tell);
    states.set(row.identity.runId, state);
    if (state.seq !== row.seq || state.status !== row.status)
      tell(`I7 the row of ${row.identity.runId} says ${row.seq} ${row.status}, its facts ${state.seq} ${state.status}`);
  }
  for (const runId of world.observer.accepted) if (!states.has(runId)) tell(`I3 the accepted run ${runId} is not there`);
  checkCalls(world, tell);
  checkFamilies(world, tell);
  checkLeftovers(world, states, tell);
  if (toTheEnd) checkDelivery(world, states, tell);
  return states;
}

/** I2: one body per key, applied at most once; I8: no call without its fact; I12: none begins after a cancel. */
function checkCalls(world: World, tell: (text: string) => void): void {
  const bodies = new Map<string, string>();
  const keys = new Map<string, string>();
  const scheduled = new Map<string, number>();
  for (const { facts } of world.pg.runs.values())
    for (const fact of facts) if (fact.type === 'step.scheduled') scheduled.set(fact.data.attempt_id, fact.committedAt);
  for (const { command, key, body, claimedAt } of world.provider.calls) {
    const known = bodies.get(key);
    if (known !== undefined && known !== body) tell(`I2 two bodies for ${key}: ${known} and ${body}`);
    bodies.set(key, body);
    const place = `${command.run_id} ${command.step_id} ${body}`;
    if ((keys.get(place) ?? key) !== key) tell(`I2 two keys for one effect: ${keys.get(place)} and ${key} at ${command.step_id}`);
    keys.set(place, key);
    if ((scheduled.get(command.id) ?? Infinity) > claimedAt) tell(`I8 a call for ${command.id} before there is a fact of it`);
    const cut = world.pg.runs
      .get(command.run_id)
      ?.facts.find(({ type, at, committedAt }) => CUTS.includes(type) && at > command.scheduled_at && committedAt < claimedAt);
    if (cut !== undefined) tell(`I12 ${command.id} was begun ${claimedAt - cut.committedAt} ms after ${cut.type}`);
  }
  for (const [key, times] of world.provider.applied) if (times > 1) tell(`I2 ${key} was applied ${times} times`);
}

const CUTS: readonly string[] = ['run.cancelled', 'run.cancelling', 'run.failed', 'run.timed_out', 'run.completed'];

/** Children are those that their parents know, of the same workspace; what parents heard of their ends is so, and each end counts once. */
function checkFamilies(world: World, tell: (text: string) => void): void {
  const byTypeId = new Map([...world.pg.runs].map(([runId, row]) => [toTypeId('run', runId), row]));
  const spawned = new Map<string, Set<string>>();
  for (const [runId, row] of world.pg.runs) {
    const ids = new Set<string>();
    const heard = new Map<string, number>();
    spawned.set(runId, ids);
    for (const fact of row.facts) {
      if (fact.type === 'step.spawned') for (const child of fact.data.children) ids.add(child.run_id);
      if (fact.type !== 'step.child_ended') continue;
      const { run_id: childId, outcome, child_seq: told } = fact.data;
      const from = heard.get(childId) ?? 0;
      const end = byTypeId
        .get(childId)
        ?.facts.find(
          ({ type, seq, committedAt }) => seq > from && type === `run.${outcome.status}` && committedAt <= fact.committedAt,
        );
      if (end === undefined || (told !== undefined && told < end.seq))
        tell(`I16 ${runId} heard of an end of ${childId} twice, or of one that never was`);
      heard.set(childId, told ?? end?.seq ?? from);
    }
  }
  for (const { identity } of world.pg.runs.values()) {
    const { parent, runId, workspaceId } = identity;
    if (parent === null) continue;
    const above = world.pg.runs.get(parent.run_id)?.identity;
    if (above?.workspaceId !== workspaceId) tell(`I11 ${runId} is of another workspace than its parent`);
    if (spawned.get(parent.run_id)?.has(toTypeId('run', runId)) !== true)
      tell(`I16 ${runId} is a child that its parent does not know`);
  }
}

/** What belongs to an ended run is closed. */
function checkLeftovers(world: World, states: ReadonlyMap<string, RunState>, tell: (text: string) => void): void {
  const open = (runId: string) => !isTerminal(states.get(runId)?.status ?? 'queued');
  for (const { runId, timerId } of world.pg.timers.values())
    if (![...(states.get(runId)?.steps.values() ?? [])].some((step) => step.timer?.id === timerId))
      tell(`I13 the timer ${timerId} of ${runId} is left over`);
  for (const { runId, stepId } of world.pg.subscriptions.values())
    if (!open(runId)) tell(`the wait of ${stepId} in the ended run ${runId} is left over`);
  for (const [id, row] of world.pg.approvals)
    if (row.status === 'open' && !open(row.runId)) tell(`the question ${id} of the ended run ${row.runId} is open`);
  for (const [runId, state] of states)
    for (const step of state.steps.values())
      if (step.timer !== null && !world.pg.timers.has(`${runId} ${step.timer.id}`))
        tell(`I13 the timer ${step.timer.id} of ${runId} has no row`);
}

/** I4: nothing hangs; I8, I9: every record was handled, and what facts command was commanded by the input that they came from. */
function checkDelivery(world: World, states: ReadonlyMap<string, RunState>, tell: (text: string) => void): void {
  for (const [runId, state] of states) if (!isTerminal(state.status)) tell(`I4 stuck: ${describe(runId, state)}`);
  let unhandled = 0;
  for (const record of world.kafka.allRecords()) if (!record.handled && !record.lost) unhandled += 1;
  if (unhandled > 0) tell(`I9 ${unhandled} records were never handled`);
  if (world.kafka.epoch > 0) return;
  const { commanded, brought, recalled } = world.observer;
  for (const [runId, { facts }] of world.pg.runs) {
    for (const { type, caused_by: cause, step_id: stepId, data } of facts) {
      if (
        cause.startsWith('evt:') &&
        !brought.has(cause) &&
        !recalled.has(`${runId} ${cause.slice(cause.lastIndexOf(':') + 1)}`) &&
        ![...recalled].some((id) => cause.includes(`:${id}:`))
      )
        tell(`I8 ${cause} was brought by a sweep only`);
      if (type !== 'step.scheduled' || commanded.has(data.attempt_id) || recalled.has(data.attempt_id)) continue;
      tell(`I8 ${data.attempt_id} (${stepId}) was not commanded by its cause ${cause}`);
    }
  }
}

function describe(runId: string, state: RunState): string {
  const steps = [...state.steps].flatMap(([id, step]) => {
    if (step.status === 'completed' || step.status === 'skipped') return [];
    const children = step.children === null ? '' : ` with ${[...step.children.open.keys()].join(', ')}`;
    return [`${id} ${step.status}${step.wait === null ? '' : ` for ${step.wait.for}`}${children}`];
  });
  return `${toTypeId('run', runId)} is ${state.status} at ${state.seq}: ${steps.join('; ')}`;
}
