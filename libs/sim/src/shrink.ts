import type { Mutant } from './faults/mutants.js';
import { NO_FAULTS, type FaultRates } from './faults/fault-rates.js';
import { simulate } from './simulate.js';
import type { SimSpec } from './workload/spec.js';

/**
 * Takes away from a failing simulation what it fails without: what clients do, then blows and faults, then time. What remains still
 * breaks a promise, though not necessarily with the same words.
 */
export function shrink(spec: SimSpec, mutant?: Mutant): SimSpec {
  const fails = (candidate: SimSpec) => simulate(candidate, mutant === undefined ? {} : { mutant }).violations.length > 0;
  let least = spec;
  for (let before = Infinity; sizeOf(least) < before;) {
    before = sizeOf(least);
    least = withoutOps(least, fails);
    least = { ...least, blows: fewest(least.blows, (blows) => fails({ ...least, blows })) };
    least = withoutRates(least, fails);
    least = withFewerInstances(least, fails);
    const earlier: SimSpec = { ...least, healAt: Math.floor(least.healAt / 2) };
    if (least.healAt > 1_000 && fails(earlier)) least = earlier;
  }
  return least;
}

function sizeOf({ ops, blows, rates, healAt, instances }: SimSpec): number {
  const kinds = Object.values(rates).filter((rate) => rate > 0).length;
  return ops.length + blows.length + kinds + Math.log2(healAt) + Object.values(instances).reduce((sum, count) => sum + count, 0);
}

function withoutOps(spec: SimSpec, fails: (spec: SimSpec) => boolean): SimSpec {
  // Runs are named by their place: an op that asks for a run is made harmless by its absence only when nothing names it.
  const controls = fewest(
    spec.ops.filter(({ kind }) => kind !== 'run'),
    (kept) => fails({ ...spec, ops: [...spec.ops.filter(({ kind }) => kind === 'run'), ...kept] }),
  );
  const runs = spec.ops.filter(({ kind }) => kind === 'run');
  const ops = [...runs, ...controls];
  const fewerRuns = controls.length > 0 ? runs : fewest(runs, (kept) => fails({ ...spec, ops: kept }));
  const least = { ...spec, ops: [...fewerRuns, ...controls] };
  return fails(least) ? least : { ...spec, ops };
}

function withoutRates(spec: SimSpec, fails: (spec: SimSpec) => boolean): SimSpec {
  let least = spec;
  for (const kind of Object.keys(NO_FAULTS) as (keyof FaultRates)[]) {
    const quieter: SimSpec = { ...least, rates: { ...least.rates, [kind]: 0 } };
    if (least.rates[kind] > 0 && fails(quieter)) least = quieter;
  }
  return least;
}

function withFewerInstances(spec: SimSpec, fails: (spec: SimSpec) => boolean): SimSpec {
  let least = spec;
  for (const service of ['orchestrator', 'executor', 'listener'] as const) {
    const fewer: SimSpec = { ...least, instances: { ...least.instances, [service]: 1 } };
    if (least.instances[service] > 1 && fails(fewer)) least = fewer;
  }
  return least;
}

/** Drops ever smaller pieces of a list as long as what remains still fails. */
function fewest<T>(list: readonly T[], fails: (list: readonly T[]) => boolean): readonly T[] {
  let kept = [...list];
  for (let piece = kept.length; piece >= 1; piece = Math.floor(piece / 2)) {
    for (let from = 0; from < kept.length;) {
      const without = [...kept.slice(0, from), ...kept.slice(from + piece)];
      if (without.length < kept.length && fails(without)) kept = without;
      else from += piece;
    }
  }
  return kept;
}
