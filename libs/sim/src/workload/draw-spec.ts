import {
  randomFlow,
  randomPayload,
  STEP_KINDS,
  type FlowOptions,
  type RandomFlow,
  type StepKind,
} from '@flows/run-machine/testing';
import { drawRates, NO_FAULTS } from '../faults/fault-rates.js';
import { Rng } from '../kernel/rng.js';
import type { Blow, Op, Service, SimSpec } from './spec.js';

/** The moment at which every simulation starts. */
export const START = 1_764_000_000_000;
const WORKFLOWS = ['lead', 'mail', 'note'] as const;

/** Everything that a seed means. */
export function drawSpec(seed: number): SimSpec {
  const rng = new Rng(`${seed}`);
  const shape = rng.stream('shape');
  const mode = shape.chance(0.75) ? 'liveness' : 'safety';
  const confluent = mode === 'liveness' && shape.chance(0.5);
  const healAt = shape.between(20_000, 200_000);
  const instances: Record<Service, number> = {
    orchestrator: shape.between(1, 3),
    executor: shape.between(1, 3),
    listener: shape.between(1, 2),
  };
  const flows = rng.stream('flows');
  // Swarm testing goes for steps too: a few kinds alone meet more often.
  const some = STEP_KINDS.filter(() => flows.chance(0.25));
  const kinds = some.length === 0 || flows.chance(0.5) ? STEP_KINDS : some;
  const workflows = WORKFLOWS.map((name, index) => {
    const definition = drawFlow(flows, { confluent, kinds, workflows: WORKFLOWS.slice(index + 1) });
    return { name, definition };
  });
  const quiet = shape.chance(0.05);
  return {
    seed,
    mode,
    confluent,
    healAt,
    partitions: shape.between(1, 4),
    instances,
    workflows,
    ops: drawOps(rng.stream('ops'), confluent, healAt),
    blows: quiet ? [] : drawBlows(rng.stream('blows'), instances, healAt),
    rates: quiet ? NO_FAULTS : drawRates(rng.stream('rates')),
  };
}

interface FlowTheme {
  readonly confluent: boolean;
  readonly kinds: readonly StepKind[];
  readonly workflows: readonly string[];
}

function drawFlow(rng: Rng, { confluent, kinds, workflows }: FlowTheme): RandomFlow {
  const options: FlowOptions = {
    kinds,
    mayHalt: !confluent,
    races: !confluent,
    maxSteps: rng.pick([1, 3, 7, 7]),
    workflows,
    // Each level multiplies the runs, and so does each workflow in a workflow.
    depth: 3 - workflows.length,
    cleanup: !confluent,
    maxAttempts: confluent ? 40 : 4,
    waits: ['1ms', '5s', '40s'],
    bounds: ['10s', '30s'],
    until: new Date(START + 120_000).toISOString(),
    ownEvents: true,
  };
  const flow = randomFlow(rng, options);
  if (confluent || !rng.chance(0.2)) return flow;
  return { ...flow, settings: { ...flow.settings, timeout: '90s' } };
}

function drawOps(rng: Rng, confluent: boolean, healAt: number): Op[] {
  const runs = rng.between(1, 8);
  const ops: Op[] = [];
  // Many at once, on hot keys, or spread out.
  const spread = rng.pick([10, 1_000, healAt / 2]);
  for (let index = 0; index < runs; index += 1) {
    const workspace = rng.chance(0.7) ? 0 : 1;
    ops.push({ at: rng.int(spread), kind: 'run', workspace, workflow: rng.int(WORKFLOWS.length), payload: randomPayload(rng) });
  }
  const kinds = confluent
    ? (['pause', 'resume', 'event'] as const)
    : (['pause', 'resume', 'cancel', 'terminate', 'retry', 'retry', 'retry', 'signal', 'event'] as const);
  const controls = rng.chance(0.2) ? 0 : rng.int(12);
  for (let index = 0; index < controls; index += 1) {
    const kind = rng.pick(kinds);
    const run = rng.int(runs);
    // At any time, or while the run is young: before it begins, between its first steps.
    const anyTime = rng.int(healAt * 1.5);
    const at = rng.chance(0.5) ? anyTime : (ops[run]?.at ?? 0) + Math.round(rng.logBetween(1, 20_000));
    const child = rng.chance(0.15);
    if (kind === 'signal' || kind === 'event') ops.push({ at, kind, run, step: rng.int(8) });
    else if (kind === 'retry') {
      const fromStep = rng.chance(0.5) ? rng.int(8) : null;
      const corrected = fromStep !== null && rng.chance(0.5);
      ops.push({ at, kind, run, child, fromStep, input: corrected ? { corrected: index } : undefined });
    } else ops.push({ at, kind, run, child });
  }
  return ops;
}

function drawBlows(rng: Rng, instances: Record<Service, number>, healAt: number): Blow[] {
  const kinds = (['kill', 'stop', 'rebalance', 'truncate'] as const).filter(() => rng.chance(0.5));
  const blows: Blow[] = [];
  // A storm: partitions change hands all the time, and everybody goes on with what they have.
  if (rng.chance(0.15))
    for (let index = 0; index < 200; index += 1) blows.push({ at: rng.int(4_000), ms: 0, kind: 'rebalance', group: rng.int(3) });
  if (kinds.length === 0) return blows;
  const count = Math.round(rng.logBetween(1, 30));
  for (let index = 0; index < count; index += 1) {
    const kind = rng.pick(kinds);
    // Most of it happens while most is going on.
    const at = rng.chance(0.5) ? rng.int(5_000) : rng.int(healAt);
    if (kind === 'truncate') {
      if (rng.chance(0.2)) blows.push({ at, ms: 0, kind });
    } else if (kind === 'rebalance') blows.push({ at, ms: 0, kind, group: rng.int(3) });
    else {
      const service = rng.pick(['orchestrator', 'orchestrator', 'executor', 'listener'] as const);
      blows.push({ at, ms: Math.round(rng.logBetween(5, 40_000)), kind, service, index: rng.int(instances[service]) });
    }
  }
  return blows;
}
