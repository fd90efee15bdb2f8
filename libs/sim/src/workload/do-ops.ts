import { deriveId, toTypeId, type RunRequested } from '@flows/contracts';
import { isTerminal } from '@flows/run-machine';
import type { PlannedStep } from '@flows/flow-graph';
import type { Steps } from '../kernel/scheduler.js';
import { startProcess, workflowByName, type World } from '../world/world.js';
import { START } from './draw-spec.js';
import { acceptRun, control, send } from './gateway.js';
import type { People } from './people.js';
import type { Op, SimSpec } from './spec.js';

const ROOT = '01890a5d-ac96-774b-bcce-b302099a8000';
export const workspaceId = (index: number) => deriveId(ROOT, `workspace/${index}`);
export const workflowId = (name: string) => deriveId(ROOT, `workflow/${name}`);

/** Runs that clients ask for, in the order of asking. */
export function requestsOf(spec: SimSpec): RunRequested[] {
  return spec.ops.flatMap((op, index): RunRequested[] => {
    if (op.kind !== 'run') return [];
    const runId = deriveId(ROOT, `run/${spec.seed}/${index}`);
    const at = START + op.at;
    return [
      {
        type: 'run.requested',
        id: `req:${runId}`,
        run_id: runId,
        workspace_id: workspaceId(op.workspace),
        at,
        workflow_id: workflowId(spec.workflows[op.workflow]?.name ?? ''),
        version: 1,
        payload: op.payload as never,
        trigger: { type: 'api' },
        created_at: at,
      },
    ];
  });
}

/** Lets clients do what the spec says they do. */
export function scheduleOps(world: World, people: People, spec: SimSpec): void {
  const requests = requestsOf(spec);
  let asked = 0;
  for (const [index, op] of spec.ops.entries()) {
    const request = op.kind === 'run' ? requests[asked++] : undefined;
    const act = (): Steps => (request === undefined ? other(world, people, requests, op, index) : accept(world, spec, request));
    world.scheduler.at(START + op.at, () => void startProcess(world, 'client', world.outside, act));
  }
}

function* accept(world: World, spec: SimSpec, request: RunRequested): Steps {
  const name = spec.workflows.find((one) => workflowId(one.name) === request.workflow_id)?.name ?? '';
  const workflow = workflowByName(world, name);
  if (workflow !== undefined) yield* acceptRun(world, request, workflow);
}

function* other(world: World, people: People, requests: readonly RunRequested[], op: Op, index: number): Steps {
  if (op.kind === 'run' || requests.length === 0) return;
  const request = requests[op.run % requests.length] as RunRequested;
  const { run_id: runId, workspace_id: workspace } = request;
  const steps = stepsOf(world, request.workflow_id);
  if ('step' in op) {
    const waits = steps.filter(({ wait }) => wait?.kind === 'event');
    const stepId = (waits[op.step % Math.max(1, waits.length)] ?? steps[0])?.id ?? '';
    if (op.kind === 'event') {
      yield* people.produce(workspace, runId, stepId);
      return;
    }
    const event = {
      id: `sig${index}`,
      type: `ev.${stepId}`,
      source: '/signal',
      time: new Date(world.scheduler.now).toISOString(),
      data: { for: stepId, run: toTypeId('run', runId) },
    };
    yield* send(world, {
      type: 'event.received',
      id: `sig:${index}`,
      run_id: runId,
      workspace_id: workspace,
      at: world.scheduler.now,
      event,
    });
    return;
  }
  const { child } = op;
  const target = child ? (flowChildOf(world, runId) ?? runId) : runId;
  if (op.kind !== 'retry') {
    yield* control(world, target, op.kind, `ctl:${index}`);
    return;
  }
  for (let patience = 12; patience > 0 && !isTerminal(world.pg.runs.get(target)?.status ?? 'queued'); patience -= 1) yield 5_000;
  const fromStep = op.fromStep === null ? undefined : steps[op.fromStep % steps.length]?.id;
  yield* control(world, target, 'retry', `ctl:${index}`, {
    ...(fromStep === undefined ? {} : { from_step: fromStep }),
    ...(op.input === undefined ? {} : { input: op.input }),
  });
}

function stepsOf(world: World, id: string): readonly PlannedStep[] {
  return world.workflows.get(id)?.plan.steps ?? [];
}

function flowChildOf(world: World, runId: string): string | undefined {
  for (const { identity } of world.pg.runs.values())
    if (identity.parent?.run_id === runId && identity.parent.kind === 'flow') return identity.runId;
  return undefined;
}
