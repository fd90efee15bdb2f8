/** `npm run sim -- --seeds 2000 --from 0`, or `--seed 17` for one with its log; `--mutant <name>` breaks the shell on purpose. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MUTANTS, type Mutant } from './faults/mutants.js';
import { Coverage } from './report.js';
import { shrink } from './shrink.js';
import { simulate } from './simulate.js';
import { drawSpec } from './workload/draw-spec.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    mutant: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const say = (text: string) => void process.stdout.write(`${text}\n`);
const mutant = MUTANTS.find((name) => name === values.mutant);
if (values.mutant !== undefined && mutant === undefined)
  fail(`There is no mutant "${values.mutant}"; there is ${MUTANTS.join(', ')}`);

if (values.seed === undefined) runMany(numberOf('from'), numberOf('seeds'));
else runOne(numberOf('seed'));

function runMany(from: number, count: number): void {
  const coverage = new Coverage();
  const broken: number[] = [];
  const started = performance.now();
  let [runs, steps] = [0, 0];
  for (let seed = from; seed < from + count; seed += 1) {
    const result = simulate(drawSpec(seed), optionsOf(false));
    coverage.add(result.coverage);
    runs += result.runs;
    steps += result.steps;
    if (result.violations.length === 0) continue;
    broken.push(seed);
    say(`seed ${seed}: ${result.violations.join('\n  ')}`);
  }
  const minutes = (performance.now() - started) / 60_000;
  say(coverage.table());
  say(`${count} seeds, ${runs} runs, ${steps} steps: ${Math.round(count / minutes)} seeds per minute`);
  say(
    broken.length === 0 ? 'Every promise was kept' : `${broken.length} seeds broke a promise: ${broken.slice(0, 20).join(', ')}`,
  );
  if (broken.length === 0) return;
  keep(broken[0] as number);
  process.exitCode = 1;
}

function runOne(seed: number): void {
  const spec = drawSpec(seed);
  const result = simulate(spec, optionsOf(true));
  for (const line of result.log) say(line);
  say(
    `seed ${seed} (${spec.mode}${spec.confluent ? ', confluent' : ''}): ended ${result.ended} after ${result.tookMs} ms, log hash ${result.logHash}`,
  );
  for (const violation of result.violations) say(`BROKEN ${violation}`);
  if (result.violations.length === 0) return;
  keep(seed);
  process.exitCode = 1;
}

/** The least that still fails, for a fixture: `--keep` writes it where the tests replay it. */
function keep(seed: number): void {
  const spec = shrink(drawSpec(seed), mutant);
  const text = `${JSON.stringify({ mutant: mutant ?? null, spec }, null, 2)}\n`;
  if (!values.keep) return say(`The least that fails of seed ${seed}:\n${text}`);
  const file = new URL(`../seeds/${seed}.json`, import.meta.url);
  writeFileSync(file, text);
  say(`The least that fails of seed ${seed} is kept as seeds/${seed}.json`);
}

function optionsOf(keepLog: boolean): { mutant?: Mutant; keepLog: boolean } {
  return mutant === undefined ? { keepLog } : { mutant, keepLog };
}

function numberOf(name: 'seeds' | 'from' | 'seed'): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 0) fail(`--${name} is a number`);
  return number;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
