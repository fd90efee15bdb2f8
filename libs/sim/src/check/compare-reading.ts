import type { JsonValue } from '@flows/contracts';
import type { RunState } from '@flows/run-machine';
import { requestsOf } from '../workload/do-ops.js';
import type { SimSpec } from '../workload/spec.js';
import type { World } from '../world/world.js';
import { Interpreter } from './interpreter.js';
import { normalText } from './normal-text.js';

/** The end of every run, and every call, are those of the plain interpreter: no more, no fewer, no others. */
export function compareWithReading(world: World, spec: SimSpec, states: ReadonlyMap<string, RunState>): void {
  const tell = (text: string) => world.observer.violation(text);
  const reading = new Interpreter(world.workflows);
  for (const request of requestsOf(spec)) {
    const workflow = world.workflows.get(request.workflow_id);
    if (workflow === undefined || !world.pg.runs.has(request.run_id)) continue;
    reading.root(request.run_id, workflow, request.payload, request.trigger as unknown as JsonValue);
  }
  // KNOWN: a child that nobody waits for is inserted after the commit of its parent's facts, and no sweep asks after it. All of Kafka
  // lost between the two, it never begins.
  const mayBeMissing = (runId: string) => world.kafka.epoch > 0 && reading.loose.has(runId) && !states.has(runId);
  const missing = [...reading.runs.keys()].filter(mayBeMissing);
  for (const [runId, read] of reading.runs) {
    if (mayBeMissing(runId)) continue;
    const state = states.get(runId);
    if (state === undefined) {
      tell(`oracle: the run ${runId} is not there`);
      continue;
    }
    if (state.status !== 'completed') tell(`oracle: ${runId} ended as ${state.status}: ${JSON.stringify(state.error)}`);
    else if (normalText(state.output) !== normalText(read.output))
      tell(`oracle: ${runId} has the output ${normalText(state.output)}, not ${normalText(read.output)}`);
    for (const [id, step] of read.steps) {
      const real = state.steps.get(id);
      if (real?.status !== step.status || normalText(real.output) !== normalText(step.output))
        tell(
          `oracle: ${id} of ${runId} is ${real?.status} ${normalText(real?.output ?? null)}, not ${step.status} ${normalText(step.output)}`,
        );
    }
  }
  for (const runId of states.keys()) if (!reading.runs.has(runId)) tell(`oracle: nobody asked for the run ${runId}`);
  const real = new Map(world.provider.calls.map(({ key, body }) => [key, normalText(JSON.parse(body))]));
  for (const { runId, key, body } of reading.calls) {
    if (mayBeMissing(runId)) continue;
    const sent = real.get(key);
    if (sent !== normalText(JSON.parse(body))) tell(`oracle: ${key} was sent ${sent}, not ${body}`);
    real.delete(key);
  }
  for (const key of real.keys()) tell(`oracle: nobody asked for the call ${key}`);
  if (missing.length === 0) compareCost(world, states, reading.cost);
}

function compareCost(world: World, states: ReadonlyMap<string, RunState>, cost: number): void {
  let own = 0;
  for (const [runId, state] of states) {
    const parent = world.pg.runs.get(runId)?.identity.parent;
    const above = parent == null ? undefined : states.get(parent.run_id)?.steps.get(parent.step_id)?.children;
    // An awaited child's cost is in its parent's.
    if (above === undefined || above === null || above.ended === 0) own += state.cost?.amount ?? 0;
  }
  if (own !== cost) world.observer.violation(`oracle: the runs have cost ${own}, not ${cost}`);
}
