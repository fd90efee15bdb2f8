import { canonicalJson, type FactData, type JsonValue } from '@flows/contracts';
import { jsonSizeBytes } from '@flows/flow-graph';
import type { ChildRuns } from '../state/step-state.js';
import type { RunState } from '../state/run-state.js';
import { addCost } from './add-cost.js';

/** How the facts of a foreach or flow step make its child runs. `earlier` are those of the step's life before. */

export function iterate(data: FactData['step.iterating'], outer: JsonValue, earlier: ChildRuns | null): ChildRuns {
  const outputs = new Array<undefined>(data.items.length).fill(undefined) as ChildRuns['outputs'][number][];
  const runIds = new Array<string | null>(data.items.length).fill(null);
  const heard: ChildRuns['heard'][number][] = [];
  for (const { index, run_id, output } of data.kept) {
    outputs[index] = output;
    runIds[index] = run_id;
    heard[index] = earlier?.heard[index];
  }
  return {
    outputBytes: data.kept.reduce((sum, { output }) => sum + jsonSizeBytes(output), 0),
    kind: 'item',
    items: data.items,
    concurrency: data.concurrency,
    scopeId: data.scope_id,
    outerSteps: data.outer_steps,
    depth: data.depth,
    next: nextFree(runIds, 0),
    open: new Map(),
    runIds,
    outputs,
    heard,
    outer,
    ended: data.kept.length,
    failed: 0,
    workflow: null,
    input: null,
  };
}

export function spawn(
  draft: RunState,
  before: ChildRuns | null,
  data: FactData['step.spawned'],
  earlier: ChildRuns | null,
): ChildRuns {
  const children = writableIn(draft, before ?? flowChild(data));
  for (const { run_id, index = 0, again } of data.children) {
    if (data.awaited) children.open.set(run_id, index);
    children.runIds[index] = run_id;
    children.heard[index] = again === true ? earlier?.heard[index] : undefined;
  }
  children.next = nextFree(children.runIds, children.next);
  return children;
}

/** @param draft as for `spawn`. */
export function endChild(
  draft: RunState,
  before: ChildRuns | null,
  { run_id, outcome, child_seq: seq = -1, cost }: FactData['step.child_ended'],
): ChildRuns | null {
  const index = before?.open.get(run_id);
  if (before === null || index === undefined) return before;
  const children = writableIn(draft, before);
  children.open.delete(run_id);
  children.ended += 1;
  children.heard[index] = { seq, cost: addCost(children.heard[index]?.cost ?? null, cost) };
  if (outcome.status === 'completed') {
    children.outputs[index] = outcome.output;
    children.outputBytes += jsonSizeBytes(outcome.output);
  } else children.failed += 1;
  return children;
}

type WritableChildRuns = { -readonly [K in keyof ChildRuns]: ChildRuns[K] } & {
  open: Map<string, number>;
  runIds: (string | null)[];
  outputs: (JsonValue | undefined)[];
  heard: ChildRuns['heard'][number][];
};

/**
 * Copies that a draft has made for itself. A loop has thousands of items: copied at every fact, a history of n facts would cost n² to
 * fold; so the first fact of a draft copies, and the others write into that copy. Nobody else has it before the draft is a state.
 */
const copyOf = new WeakMap<ChildRuns, RunState>();

function writableIn(draft: RunState, children: ChildRuns): WritableChildRuns {
  if (copyOf.get(children) === draft) return children as WritableChildRuns;
  const copy: WritableChildRuns = {
    ...children,
    open: new Map(children.open),
    runIds: [...children.runIds],
    outputs: [...children.outputs],
    heard: [...children.heard],
  };
  copyOf.set(copy, draft);
  return copy;
}

/** What a life of the step leaves to the next: where it did not come to an item, what the lives before it had left. */
export function inherit(children: ChildRuns | null, earlier: ChildRuns | null): ChildRuns | null {
  if (children === null || earlier === null) return children ?? earlier;
  const before = children.kind === 'item' ? comparable(earlier, children.outer) : null;
  if (before === null) return children;
  const runIds = [...children.runIds];
  const outputs = [...children.outputs];
  const heard = [...children.heard];
  children.items.forEach((item, index) => {
    if (runIds[index] !== null || !isSameItem(before, index, item)) return;
    runIds[index] = before.runIds[index] ?? null;
    outputs[index] = before.outputs[index];
    heard[index] = before.heard[index];
  });
  return { ...children, runIds, outputs, heard };
}

/** The children of an earlier life, if what they saw around their items is what items see now: else none of them is the same. */
export function comparable(before: ChildRuns | null, outer: JsonValue): ChildRuns | null {
  return before !== null && canonicalJson(before.outer) === canonicalJson(outer) ? before : null;
}

/** The same item at the same place: its run would do the same. */
export function isSameItem(before: ChildRuns, index: number, item: JsonValue): boolean {
  return index < before.items.length && canonicalJson(before.items[index]) === canonicalJson(item);
}

function flowChild(data: FactData['step.spawned']): ChildRuns {
  return {
    kind: 'flow',
    items: [],
    concurrency: 1,
    scopeId: '',
    outerSteps: [],
    depth: data.depth,
    next: 0,
    open: new Map(),
    runIds: [],
    outputs: [],
    outputBytes: 0,
    heard: [],
    outer: null,
    ended: 0,
    failed: 0,
    workflow: data.workflow ?? null,
    input: data.input ?? null,
  };
}

function nextFree(runIds: readonly (string | null)[], from: number): number {
  let next = from;
  while (next < runIds.length && runIds[next] !== null) next += 1;
  return next;
}
