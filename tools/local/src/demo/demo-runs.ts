/** What is known of the demo's runs, and what a person reads of it. Pure. */
import { showSeconds } from '../console/seconds.js';
import { isTerminal, type RunItem, type RunView, type StepRunView } from '../gateway/views.js';

export interface DemoRun {
  readonly run: RunItem;
  readonly steps: readonly StepRunView[];
}

/** Ids of the lead that a run is about: as the event has it, or as a mapping may have left it. */
export function leadIdOf(run: Pick<RunView, 'payload'>): string | null {
  const payload = run.payload as { readonly lead_id?: unknown; readonly lead?: { readonly id?: unknown } | null } | null;
  const id = payload?.lead_id ?? payload?.lead?.id;
  return typeof id === 'string' ? id : null;
}

/** Steps that were on the way, in the order in which they began: `enrich → qualified → add`. One that did not complete says how it ended. */
export function pathText(steps: readonly StepRunView[]): string {
  const taken = stepsTaken(steps).map(({ step_id, status }) => (status === 'completed' ? step_id : `${step_id} (${status})`));
  return taken.length === 0 ? '–' : taken.join(' → ');
}

export function stepsTaken(steps: readonly StepRunView[]): readonly StepRunView[] {
  return steps.filter(({ status }) => status !== 'pending' && status !== 'skipped').toSorted(byStart);
}

/** One line per state that is new since `before`: `enrich completed`, last `run completed in 0.04 s`. */
export function changesOf(before: DemoRun | undefined, now: DemoRun): readonly string[] {
  const known = new Map(before?.steps.map(({ step_id, status }) => [step_id, status]));
  const steps = now.steps
    .filter(({ step_id, status }) => status !== 'pending' && known.get(step_id) !== status)
    .toSorted(byStart)
    .map(({ step_id, status }) => `${step_id} ${status}`);
  if (before?.run.status === now.run.status) return steps;
  const run = `run ${now.run.status === 'running' ? 'started' : now.run.status}`;
  return isTerminal(now.run.status) ? [...steps, `${run} in ${showDuration(now.run)}`] : [run, ...steps];
}

/** From the moment that the run was accepted. */
export function showDuration(run: RunItem): string {
  if (run.ended_at === null) return '–';
  return showSeconds(Date.parse(run.ended_at) - Date.parse(run.created_at));
}

/** Steps that never began come last; steps of the same millisecond keep the order of the graph. */
function byStart(one: StepRunView, other: StepRunView): number {
  return startOf(one) - startOf(other);
}

function startOf({ started_at, ended_at }: StepRunView): number {
  const at = started_at ?? ended_at;
  return at === null ? Number.MAX_SAFE_INTEGER : Date.parse(at);
}
