import { fromTypeId, type FactData } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import type { Evidence, FactRow } from '../evidence/evidence.js';
import { historiesOf, type RunHistory } from '../evidence/run-history.js';
import { Findings, type Violation } from '../violation.js';

/**
 * I16: a run went where its recorded choices lead over its version's graph, and nowhere else: of a completed run the steps that ran are
 * exactly those that its live edges reach, joins began once and when they might, a branch that takes the first took one, a retry
 * began anew only what had not been done and what follows from it, and of each list every item ran once.
 */
export function checkI16(evidence: Evidence): Violation[] {
  const findings = new Findings('I16');
  const children = Map.groupBy(evidence.runs, ({ parent_run_id }) => parent_run_id);
  for (const history of historiesOf(evidence).values()) {
    if (history.plan === null) continue;
    const path = new Path(history.plan);
    const wrong = (what: string) => findings.add(history.run.id, what);
    for (const fact of history.facts) {
      checkRetry(wrong, fact, path, history.plan, evidence);
      for (const what of path.take(fact)) wrong(`fact ${fact.seq}: ${what}`);
    }
    if (history.run.status === 'completed') for (const what of path.atTheEnd()) wrong(what);
    checkChildren(
      wrong,
      history,
      (children.get(history.run.id) ?? []).map(({ id }) => id),
      evidence.conditions.quiet,
    );
  }
  return findings.violations;
}

class Path {
  /** Steps that ran, were passed over by their own `when`, or were skipped because nothing leads to them. */
  readonly steps = new Map<string, 'open' | 'ran' | 'dead'>();
  private readonly live = new Set<number>();
  /** Steps that did what they had to do; one whose edges could not be chosen failed its run all the same. */
  readonly done = new Set<string>();

  constructor(private readonly plan: FlowPlan) {}

  take(fact: FactRow): string[] {
    if (fact.type === 'run.retried') {
      for (const id of fact.data.reset) this.steps.delete(id);
      this.live.clear();
      for (const edge of fact.data.live_edges) this.live.add(edge);
    }
    if (fact.type === 'run.failed' && fact.data.error.step_id !== undefined) this.done.delete(fact.data.error.step_id);
    if (fact.step_id === undefined) return [];
    const step = this.plan.step.get(fact.step_id);
    if (step === undefined) return []; // I14 says so.
    const problems: string[] = [];
    if (!this.steps.has(step.id)) {
      const why =
        fact.type === 'step.skipped' && fact.data.reason === 'dead_path' ? this.whyNotDead(step) : this.whyNotReady(step);
      if (why !== null) problems.push(`${fact.type} of ${step.id}, ${why}`);
    }
    this.steps.set(step.id, 'open');
    if (fact.type === 'step.completed') this.done.add(step.id);
    else this.done.delete(step.id);
    const edges = (fact.data as { live_edges?: number[] }).live_edges;
    if (edges === undefined) return problems;
    this.steps.set(step.id, fact.type === 'step.skipped' && fact.data.reason === 'dead_path' ? 'dead' : 'ran');
    for (const edge of edges) {
      this.live.add(edge);
      if (this.plan.edges[edge]?.from !== step.id) problems.push(`${step.id} took the edge ${edge}, which is not its own`);
    }
    if (step.definition.type === 'branch' && step.definition.mode !== 'all' && edges.length > 1)
      problems.push(`the branch ${step.id} takes the first edge that holds, and took ${edges.length}`);
    return problems;
  }

  /** Over the graph in topological order: what the live edges reach is what ran. */
  atTheEnd(): string[] {
    const problems: string[] = [];
    for (const step of this.plan.steps) {
      if (this.plan.cleanup.has(step.id)) continue;
      const reached = step.incoming.length === 0 || step.incoming.some(({ index }) => this.live.has(index));
      const found = this.steps.get(step.id);
      if (reached && found !== 'ran')
        problems.push(`a live path leads to ${step.id}, which ${found === undefined ? 'never began' : `is ${found}`}`);
      if (!reached && found === 'ran') problems.push(`${step.id} ran, and no live path leads to it`);
    }
    return problems;
  }

  /** Null when the step may begin now. */
  private whyNotReady(step: PlannedStep): string | null {
    if (step.incoming.length === 0) return null;
    const open = step.incoming.filter(({ from }) => !this.isSettled(from)).map(({ from }) => from);
    if (!step.incoming.some(({ index }) => this.live.has(index))) return 'to which no live edge leads';
    return step.join === 'all' && open.length > 0 ? `before ${open.join(', ')} settled` : null;
  }

  private whyNotDead(step: PlannedStep): string | null {
    if (step.incoming.some(({ index }) => this.live.has(index))) return 'to which a live edge leads';
    const open = step.incoming.filter(({ from }) => !this.isSettled(from)).map(({ from }) => from);
    return open.length > 0 ? `before ${open.join(', ')} settled` : null;
  }

  private isSettled(stepId: string): boolean {
    const phase = this.steps.get(stepId);
    return phase === 'ran' || phase === 'dead';
  }
}

/** A retry without a chosen step goes on from what failed or was cut off; it never begins anew what was done and does not follow from that. */
function checkRetry(wrong: (what: string) => void, fact: FactRow, path: Path, plan: FlowPlan, { records }: Evidence): void {
  if (fact.type !== 'run.retried') return;
  const { from, reset } = fact.data;
  const follows = new Set(from);
  for (const step of plan.steps) if (step.incoming.some((edge) => follows.has(edge.from))) follows.add(step.id);
  for (const id of reset)
    if (!follows.has(id) && !plan.cleanup.has(id)) wrong(`the retry resets ${id}, which does not follow from ${from.join(', ')}`);
  const input = records.find(({ headers, value }) => headers['ce_id'] === fact.caused_by && value !== null)?.value;
  const chosen = input == null ? undefined : (JSON.parse(input) as { from_step?: string }).from_step;
  const done = from.filter((id) => path.done.has(id));
  if (input != null && chosen === undefined && done.length > 0)
    wrong(`the retry goes on from ${done.join(', ')}, which had been done`);
}

type Spawned = FactData['step.spawned']['children'][number];

/** Every item was spawned once in each life of its step, ended once, and has a run; no child run is of nobody. */
function checkChildren(wrong: (what: string) => void, { facts }: RunHistory, children: readonly string[], quiet: boolean): void {
  const known = new Set<string>();
  const required = new Set<string>();
  const lists = new Map<string, { items: number; done: Set<number>; ended: Set<string> }>();
  for (const fact of facts) {
    if (fact.type === 'step.iterating') {
      const done = new Set(fact.data.kept.map(({ index }) => index));
      lists.set(fact.step_id, { items: fact.data.items.length, done, ended: new Set() });
    }
    const list = fact.step_id === undefined ? undefined : lists.get(fact.step_id);
    if (fact.type === 'step.spawned') for (const child of fact.data.children) take(child, list?.done, fact.data.awaited);
    if (fact.type === 'step.child_ended' && list !== undefined) {
      if (list.ended.has(fact.data.run_id)) wrong(`fact ${fact.seq}: the child run ${fact.data.run_id} ended twice`);
      list.ended.add(fact.data.run_id);
    }
    // A child that could not begin, such as of a workflow that nobody has: its parent hears of it, and there is no run.
    if (fact.type === 'step.child_ended' && fact.caused_by.includes(':refused:')) required.delete(uuidOf(fact.data.run_id));
    if (fact.type === 'step.completed' && list !== undefined && list.done.size !== list.items)
      wrong(`step ${fact.step_id} completed with ${list.done.size} of ${list.items} items`);
  }
  if (!quiet) return;
  const there = new Set(children);
  for (const id of required) if (!there.has(id)) wrong(`the child run ${id} was spawned, and is not there`);
  for (const id of there) if (!known.has(id)) wrong(`the child run ${id} is there, and was never spawned`);

  function take({ run_id, index }: Spawned, done: Set<number> | undefined, awaited: boolean): void {
    known.add(uuidOf(run_id));
    if (awaited) required.add(uuidOf(run_id));
    if (done === undefined || index === undefined) return;
    if (done.has(index)) wrong(`item ${index} was spawned twice`);
    done.add(index);
  }
}

const uuidOf = (typeId: string): string => fromTypeId('run', typeId) ?? typeId;
