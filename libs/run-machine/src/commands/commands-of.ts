import { deriveId, fromTypeId, type FactData, type RunFact } from '@flows/contracts';
import { runOf, shownSteps } from '../decide/expression-context.js';
import { isTerminal, type RunState } from '../state/run-state.js';
import { isAtExecutor, type ChildRuns } from '../state/step-state.js';
import type { Command, SpawnedRun } from './command.js';

/**
 * The commands of a fact. Given again for the same fact, they are the same: receivers drop what they know.
 *
 * @param state after the fact, or any later one: what is read of it beside the fact does not change while the step is in this life.
 */
export function commandsOf(state: RunState, fact: RunFact): Command[] {
  switch (fact.type) {
    case 'step.scheduled':
      return isOpen(state, fact) ? [stepRun(state, fact.step_id, fact.data, fact.at)] : [];
    case 'step.waiting':
    case 'step.retrying':
    case 'step.blocked':
      return timerOf(fact.data);
    case 'step.awaiting_event':
      return [subscribe(fact.step_id, fact.data), ...timerOf(fact.data)];
    case 'step.awaiting_approval':
      return [{ type: 'approval.open', stepId: fact.step_id, asked: fact.data, at: fact.at }, ...timerOf(fact.data)];
    case 'step.approval_decided':
      return [{ type: 'approval.close', decided: fact.data, at: fact.at }];
    case 'step.iterating':
      return [storeScope(state, fact.data)];
    case 'step.spawned':
      return spawn(state, fact.step_id, fact.data);
    case 'step.failed':
    case 'run.cancelling':
      return controlAll(fact, fact.data.children, 'cancel');
    case 'run.paused':
      return controlAll(fact, fact.data.children, 'pause');
    case 'run.resumed':
      return controlAll(fact, fact.data.children, 'resume');
    case 'run.completed':
      return report(state);
    case 'run.failed':
    case 'run.timed_out':
    case 'run.cancelled':
      return [
        ...controlAll(fact, fact.data.children, fact.type === 'run.cancelled' && fact.data.forced ? 'terminate' : 'cancel'),
        ...report(state),
      ];
    default:
      return [];
  }
}

/** Everything that is open in a run, commanded again: for a run that shows no sign of life. Of an ended child: its report. */
export function openCommands(state: RunState): Command[] {
  if (isTerminal(state.status)) return report(state);
  const commands: Command[] = [];
  for (const [stepId, step] of state.steps) {
    if (isAtExecutor(step) && step.scheduled !== null) commands.push(stepRun(state, stepId, step.scheduled, step.scheduled.at));
    if (step.timer !== null) commands.push({ type: 'timer.arm', timerId: step.timer.id, dueAt: step.timer.dueAt });
    if (step.wait?.for === 'event') commands.push(subscribe(stepId, step.wait.asked));
    if (step.children !== null) commands.push(...spawnOpen(state, stepId, step.children));
  }
  return commands;
}

/** An ended child tells its parent; a run that nobody waits for tells nobody. */
export function report(state: RunState): Command[] {
  const { parent } = state;
  if (parent === null || !isTerminal(state.status)) return [];
  const outcome =
    state.status === 'completed'
      ? { status: state.status, output: state.output, via_fallback: state.viaFallback }
      : {
          status: state.status as 'failed',
          error: state.error ?? { code: 'run_failed', message: 'The run failed', class: 'non_retryable', origin: 'run-machine' },
        };
  return [{ type: 'child.report', parent, childSeq: state.seq, outcome, cost: state.cost }];
}

function controlAll(
  { seq }: RunFact,
  children: readonly string[] | undefined,
  action: 'cancel' | 'terminate' | 'pause' | 'resume',
): Command[] {
  return (children ?? []).map((runId) => ({ type: 'child.control', runId: uuidOf(runId), action, cause: String(seq) }));
}

/** Once for each life of the step, however often it is said. */
function retryOf(state: RunState, stepId: string, runId: string): Command {
  return { type: 'child.control', runId, action: 'retry', cause: `${stepId}/${state.lives.get(stepId)?.ended ?? 0}` };
}

function timerOf(data: { timer_id?: string; due_at?: string }): Command[] {
  if (data.timer_id === undefined || data.due_at === undefined) return [];
  return [{ type: 'timer.arm', timerId: data.timer_id, dueAt: Date.parse(data.due_at) }];
}

function subscribe(stepId: string, asked: FactData['step.awaiting_event']): Command {
  return {
    type: 'event.subscribe',
    stepId,
    eventType: asked.event_type,
    correlation: asked.correlation,
    since: Date.parse(asked.since),
  };
}

function storeScope(
  state: RunState,
  { scope_id, outer_steps }: Pick<FactData['step.iterating'], 'scope_id' | 'outer_steps'>,
): Command {
  const { scope } = state;
  return {
    type: 'scope.store',
    scopeId: scope_id,
    rootRunId: scope?.rootRunId ?? state.runId,
    data: { run: scope?.run ?? runOf(state, state.updatedAt), steps: shownSteps(state, outer_steps) },
  };
}

function spawn(state: RunState, stepId: string, data: FactData['step.spawned']): Command[] {
  const children = state.steps.get(stepId)?.children ?? null;
  // Reset by a retry in the meantime: its next life spawns what it needs.
  if (children === null) return [];
  return data.children.flatMap((child): Command[] => {
    const runId = uuidOf(child.run_id);
    if (children.runIds[child.index ?? 0] !== child.run_id) return [];
    // INVARIANT: one that has ended is not asked again. It would tell of its end, which would repeat what that had caused, and so on:
    // with every level of nesting and every sibling the messages would multiply.
    if (data.awaited && !children.open.has(child.run_id)) return [];
    const spawned: Command = {
      type: 'run.spawn',
      run: spawnedRun(state, stepId, children, runId, child.index ?? 0, data.awaited),
    };
    // One that could not begin then is not there yet.
    return child.again === true ? [spawned, retryOf(state, stepId, runId)] : [spawned];
  });
}

function spawnOpen(state: RunState, stepId: string, children: ChildRuns): Command[] {
  const store: Command[] =
    children.kind === 'item' && children.open.size > 0
      ? [storeScope(state, { scope_id: children.scopeId, outer_steps: [...children.outerSteps] })]
      : [];
  const earlier = new Set(state.lives.get(stepId)?.children?.runIds);
  return [
    ...store,
    ...[...children.open].flatMap(([typeId, index]): Command[] => {
      const runId = uuidOf(typeId);
      const spawned: Command = { type: 'run.spawn', run: spawnedRun(state, stepId, children, runId, index, true) };
      // One from an earlier life of the step was told to go on, which may have got lost; one that goes on already ignores it.
      if (earlier.has(typeId)) return [spawned, retryOf(state, stepId, runId)];
      if (children.kind === 'flow' || !state.wasPaused) return [spawned];
      // The same with one that was paused with this run and resumed with it.
      return [
        spawned,
        { type: 'child.control', runId, action: state.status === 'paused' ? 'pause' : 'resume', cause: `nudge/${state.seq}` },
      ];
    }),
  ];
}

function spawnedRun(
  state: RunState,
  stepId: string,
  children: ChildRuns,
  runId: string,
  index: number,
  awaited: boolean,
): SpawnedRun {
  const { depth } = children;
  if (children.kind === 'flow')
    return {
      kind: 'flow',
      runId,
      workflow: children.workflow ?? '',
      payload: children.input,
      awaited,
      parent: { run_id: state.runId, step_id: stepId, kind: 'flow', depth },
    };
  return {
    kind: 'item',
    runId,
    payload: children.items[index] ?? null,
    scopeId: children.scopeId,
    body: [...(state.scope?.body ?? []), stepId],
    parent: { run_id: state.runId, step_id: stepId, kind: 'item', index, depth },
  };
}

/** An attempt that has been reported, cut off or followed by another is nobody's work any more. */
function isOpen(state: RunState, { step_id: stepId, data }: Extract<RunFact, { type: 'step.scheduled' }>): boolean {
  const step = state.steps.get(stepId);
  return step !== undefined && isAtExecutor(step) && step.attempt === data.attempt;
}

function stepRun(state: RunState, stepId: string, data: FactData['step.scheduled'], at: number): Command {
  return {
    type: 'step.run',
    pool: data.pool,
    command: {
      type: 'step.run',
      id: data.attempt_id,
      run_id: state.runId,
      workspace_id: state.workspaceId,
      step_id: stepId,
      step_run_id: deriveId(state.runId, stepId),
      attempt: data.attempt,
      idempotency_key: data.idempotency_key,
      work: data.work,
      input: data.input,
      timeout_ms: data.timeout_ms,
      scheduled_at: at,
      causation_depth: data.causation_depth,
    },
  };
}

/** Facts have typed ids, commands plain ones. */
function uuidOf(runTypeId: string): string {
  return fromTypeId('run', runTypeId) ?? runTypeId;
}
