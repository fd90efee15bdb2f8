import { canonicalJson, deriveId, toTypeId, type JsonValue } from '@flows/contracts';
import type { ExpressionContext, FlowPlan, PlannedStep } from '@flows/flow-graph';
import { answerOf, verdictOf } from '../world/sim-provider.js';
import type { SimWorkflow } from '../world/world.js';
import { decisionOn } from '../workload/people.js';

/** What a run is by a plain reading of its flow. */
export interface ReadRun {
  readonly steps: Map<string, { status: string; output: JsonValue }>;
  readonly output: JsonValue;
}
export interface ReadCall {
  readonly runId: string;
  readonly key: string;
  readonly body: string;
}

/**
 * A second, naive engine: a recursion over the graph in one go, with no state that survives, no messages and no time. For flows where
 * nothing races and nothing fails the run. It shares plans and expressions with the real one, and nothing else.
 */
export class Interpreter {
  readonly calls: ReadCall[] = [];
  readonly runs = new Map<string, ReadRun>();
  cost = 0;
  /** Runs that stand below a flow step that waits for nobody. */
  readonly loose = new Set<string>();
  private belowLoose = 0;

  constructor(private readonly workflows: ReadonlyMap<string, SimWorkflow>) {}

  root(runId: string, workflow: SimWorkflow, payload: JsonValue, trigger: JsonValue): ReadRun {
    const run = { id: toTypeId('run', runId), started_at: '…', workflow_id: toTypeId('wf', workflow.id), version: 1 };
    return this.run(runId, runId, workflow.plan, { payload, inputs: workflow.plan.inputs, trigger, run, steps: {} });
  }

  private run(runId: string, rootRunId: string, plan: FlowPlan, context: ExpressionContext): ReadRun {
    const live = new Set<number>();
    const steps: ReadRun['steps'] = new Map();
    for (const step of plan.steps) {
      if (plan.cleanup.has(step.id)) continue;
      if (step.incoming.length > 0 && !step.incoming.some(({ index }) => live.has(index))) {
        steps.set(step.id, { status: 'skipped', output: null });
        context.steps[step.id] = { status: 'skipped', output: null };
        continue;
      }
      const done = this.step(step, runId, rootRunId, context);
      steps.set(step.id, { status: done.status, output: done.output });
      context.steps[step.id] = { status: done.status, output: done.output };
      for (const edge of done.live ?? edgesFrom(step, done.status, context)) live.add(edge);
      const fixed = done.status === 'completed' && step.type === 'branch';
      if (fixed) {
        const taken = step.outgoing.filter(({ index }) => live.has(index)).map(({ to }) => to);
        steps.set(step.id, { status: 'completed', output: { taken } });
        context.steps[step.id] = { status: 'completed', output: { taken } };
      }
    }
    const read = { steps, output: lastOutput(plan, steps, live) };
    this.runs.set(runId, read);
    if (this.belowLoose > 0) this.loose.add(runId);
    return read;
  }

  private step(step: PlannedStep, runId: string, rootRunId: string, context: ExpressionContext): Done {
    if (step.when !== null) {
      const wanted = step.when.test(context);
      if (!wanted.ok) throw new Error(wanted.message);
      if (!wanted.value) return { status: 'skipped', output: null };
    }
    switch (step.type) {
      case 'transform':
        return { status: 'completed', output: inputOf(step, context) };
      case 'branch':
        return { status: 'completed', output: null };
      case 'wait': {
        const run = toTypeId('run', rootRunId);
        const event = {
          id: `ev:${run}:${step.id}`,
          type: `ev.${step.id}`,
          source: '/world',
          time: '…',
          data: { for: step.id, run },
        };
        return {
          status: 'completed',
          output: step.wait?.kind === 'event' ? { timed_out: false, event } : { due_at: '…', fired_at: '…' },
        };
      }
      case 'approval':
        return { status: 'completed', output: { decision: decisionOn(runId, step.id), by: 'ada', at: '…', comment: null } };
      case 'foreach':
        return this.foreach(step, runId, rootRunId, context);
      case 'flow':
        return this.flow(step, runId, context);
      default:
        return this.work(step, runId, context);
    }
  }

  private work(step: PlannedStep, runId: string, context: ExpressionContext): Done {
    const rejected = step.approval !== null && decisionOn(runId, step.id) === 'rejected';
    const nothing: Done = { status: 'completed', output: null, live: [] };
    if (rejected && step.type === 'connector') return nothing;
    const key = toTypeId('srun', deriveId(runId, step.id));
    this.calls.push({ runId, key, body: canonicalJson(inputOf(step, context)) });
    if (verdictOf(key) === 'refuses') return { status: 'failed', output: null };
    this.cost += 1;
    return rejected ? nothing : { status: 'completed', output: answerOf(key).output };
  }

  private foreach(step: PlannedStep, runId: string, rootRunId: string, context: ExpressionContext): Done {
    const items = step.foreach?.items.evaluate(context);
    if (step.foreach === null || items?.ok !== true || !Array.isArray(items.value)) throw new Error('No items');
    const { body } = step.foreach;
    const outputs = items.value.map((item: JsonValue, index) => {
      const steps = Object.fromEntries(Object.entries(context.steps).filter(([id]) => !body.step.has(id)));
      return this.run(deriveId(runId, `${step.id}/0/${index}`), rootRunId, body, { ...context, steps, item, index }).output;
    });
    return { status: 'completed', output: outputs };
  }

  private flow(step: PlannedStep, runId: string, context: ExpressionContext): Done {
    const { definition } = step;
    const name = definition.type === 'flow' ? definition.workflow : '';
    const workflow = [...this.workflows.values()].find((one) => one.name === name);
    if (workflow === undefined) throw new Error(`There is no workflow ${name}`);
    const childId = deriveId(runId, `${step.id}/0`);
    const awaited = definition.type !== 'flow' || definition.wait !== false;
    this.belowLoose += Number(!awaited);
    const child = this.root(childId, workflow, inputOf(step, context), { type: 'flow' });
    this.belowLoose -= Number(!awaited);
    return { status: 'completed', output: awaited ? child.output : { run_id: toTypeId('run', childId) } };
  }
}

interface Done {
  readonly status: 'completed' | 'failed' | 'skipped';
  readonly output: JsonValue;
  readonly live?: number[];
}

function inputOf(step: PlannedStep, context: ExpressionContext): JsonValue {
  const input = step.mapping?.resolve(context) ?? { ok: true as const, value: null };
  if (!input.ok) throw new Error(`${step.id}: ${input.message}`);
  return input.value;
}

function edgesFrom(step: PlannedStep, status: Done['status'], context: ExpressionContext): number[] {
  if (status === 'failed' && step.onError !== 'continue')
    return step.outgoing.filter(({ kind }) => kind === 'fallback').map(({ index }) => index);
  const drawn = step.outgoing.filter(({ kind }) => kind === 'drawn');
  const holds = drawn.filter(({ condition }) => {
    const result = condition?.test(context) ?? { ok: true, value: true };
    return result.ok && result.value;
  });
  if (step.definition.type !== 'branch' || step.definition.mode === 'all') return holds.map(({ index }) => index);
  const first = holds.find(({ condition }) => condition !== null) ?? holds[0];
  return first === undefined ? [] : [first.index];
}

function lastOutput(plan: FlowPlan, steps: ReadRun['steps'], live: ReadonlySet<number>): JsonValue {
  const goesOn = new Map<string, boolean>();
  const last: string[] = [];
  for (const step of [...plan.steps].reverse()) {
    const real = steps.get(step.id)?.status === 'completed' && step.type !== 'branch';
    const follows = step.outgoing.some(({ index, to }) => live.has(index) && goesOn.get(to) === true);
    goesOn.set(step.id, real || follows);
    if (real && !follows) last.unshift(step.id);
  }
  const outputs = last.map((id): [string, JsonValue] => [id, steps.get(id)?.output ?? null]);
  return outputs.length === 1 ? (outputs[0]?.[1] ?? null) : outputs.length === 0 ? null : Object.fromEntries(outputs);
}
