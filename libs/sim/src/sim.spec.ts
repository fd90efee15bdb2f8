import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { drawSpec, MUTANTS, shrink, simulate, type Mutant, type SimResult, type SimSpec } from './index.js';

/** Seeds that every build runs; thousands more by hand: `npm run sim -- --seeds 10000`. */
const SEEDS = 200;
const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);

/** Simulations that once broke a promise, or that break one only in a rare moment: with their bug they must, without it they must not. */
const folder = new URL('../seeds/', import.meta.url);
const kept = readdirSync(folder).map((file) => {
  const { mutant, spec } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { mutant: Mutant | null; spec: SimSpec };
  return { file, mutant, spec };
});

describe('the simulated engine', () => {
  const results = new Map<number, SimResult>();

  it(`keeps its promises over ${SEEDS} seeds`, () => {
    for (const seed of seeds) results.set(seed, simulate(drawSpec(seed)));
    const broken = [...results.values()].filter(({ violations }) => violations.length > 0);
    expect(broken.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
  });

  it('is deterministic: one seed, one log', () => {
    for (const seed of seeds.slice(0, 40)) expect(simulate(drawSpec(seed)).logHash).toBe(results.get(seed)?.logHash);
    expect(new Set([...results.values()].map(({ logHash }) => logHash)).size).toBe(SEEDS);
  });

  it('meets most statuses with most inputs', () => {
    const cells = new Set([...results.values()].flatMap(({ coverage }) => [...coverage.keys()]));
    // Of 104, some of which cannot be.
    expect(cells.size).toBeGreaterThan(60);
  });

  it('comes to an end almost always, so that most promises are checked to the end', () => {
    const quiet = [...results.values()].filter(({ ended }) => ended === 'quiet');
    expect(quiet.length).toBeGreaterThan(SEEDS * 0.95);
    expect([...results.values()].reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThan(1_000);
  });

  it.each(kept)('keeps its promises in seeds/$file', ({ spec }) => {
    expect(simulate(spec).violations).toEqual([]);
  });
});

describe('a shell with a bug', () => {
  it.each(MUTANTS)('%s is caught', (mutant) => {
    const own = kept.filter((one) => one.mutant === mutant).map(({ spec }) => spec);
    const caught = [...own, ...seeds].find(
      (one) => simulate(typeof one === 'number' ? drawSpec(one) : one, { mutant }).violations.length > 0,
    );
    expect(caught).toBeDefined();
  });

  it('is shrunk to what it takes', () => {
    const spec = drawSpec(1);
    const least = shrink(spec, 'offsets_before_commit');
    expect(simulate(least, { mutant: 'offsets_before_commit' }).violations.length).toBeGreaterThan(0);
    expect(least.ops.length + least.blows.length).toBeLessThan(spec.ops.length + spec.blows.length);
  });
});
