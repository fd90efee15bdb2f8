import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHECKS, type InvariantId } from '../invariants/checks/all-checks.js';
import { judge } from '../invariants/expect-invariants.js';
import { MUTANTS } from './mutants.js';
import { requireFit } from './mutant.js';
import { SCENARIOS, type Scenario, type ScenarioName } from './scenarios/all-scenarios.js';
import { Stage } from './stage.js';

/**
 * The checkers have teeth: each deliberate bug is named by the checker that is there for it, and the same course of events in a healthy
 * installation is not. `npm test` plays the most telling ones, `npm run mutants` all.
 */
const ALL = process.env['MUTANTS'] === 'all';
const chosen = MUTANTS.filter(({ core }) => ALL || core === true);
const scenarios = [...new Set(chosen.map(({ scenario }) => scenario))];

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);
afterAll(() => stage?.close());

const scenarioOf = (name: ScenarioName): Scenario => SCENARIOS[name];

describe('every mutant', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s: fits what is built', (_name, mutant) => {
    requireFit(mutant);
  });

  it('that no longer fits is an error', () => {
    const { patches, ...mutant } = MUTANTS[0]!;
    const outdated = patches.map((patch) => ({ ...patch, find: `${patch.find} and what nobody wrote` }));
    expect(() => requireFit({ ...mutant, patches: outdated })).toThrow('0 times instead of once');
  });

  it('has a name of its own, and together they try every checker', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect([...new Set(MUTANTS.map(({ caughtBy }) => caughtBy))].sort()).toEqual((Object.keys(CHECKS) as InvariantId[]).sort());
  });
});

describe('in health', () => {
  it.each(scenarios)(
    '"%s" breaks no invariant',
    async (name) => {
      const { cast, act } = scenarioOf(name);
      expect(judge(await stage.play(cast, null, act))).toEqual([]);
    },
    60_000,
  );
});

describe('a mutant is caught', () => {
  it.each(chosen.map((mutant) => [mutant.name, mutant.caughtBy, mutant] as const))(
    '%s: by %s',
    async (_name, caughtBy, mutant) => {
      const { cast, act } = scenarioOf(mutant.scenario);
      const violations = judge(await stage.play(cast, mutant, act));
      expect(violations.map(({ invariant }) => invariant)).toContain(caughtBy);
    },
    60_000,
  );
});
