import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from '@flows/testkit';
import type { InvariantId } from '../invariants/checks/all-checks.js';
import type { ScenarioName } from './scenarios/all-scenarios.js';

const ROOT = new URL('../../', import.meta.url);

/** A piece of a built file, and what stands in its place in the mutant. */
export interface Patch {
  /** From the root of the repository. */
  file: string;
  find: string;
  replace: string;
}

/** A deliberate bug in one service, the scenario that brings it to light, and the checker that must name it. */
export interface Mutant {
  name: string;
  service: ServiceName;
  scenario: ScenarioName;
  caughtBy: InvariantId;
  patches: readonly Patch[];
  /** Of each kind the most telling: these are played with every `npm test`. */
  core?: true;
}

/** @throws when a patch does not fit what is built: a mutant that changes nothing would prove nothing. */
export function requireFit({ name, patches }: Mutant): void {
  for (const { file, find, replace } of patches) {
    const found = readFileSync(new URL(file, ROOT), 'utf8').split(find).length - 1;
    if (found !== 1)
      throw new Error(
        `Mutant "${name}": ${file} holds the piece ${found} times instead of once. It has changed: change the patch, too.\n${find}`,
      );
    if (find === replace) throw new Error(`Mutant "${name}" changes nothing`);
  }
}

export interface Mutation {
  env: Record<string, string>;
  nodeArguments: string[];
}

/** How a service is started as this mutant. */
export async function prepareMutation(mutant: Mutant, patchFile: string): Promise<Mutation> {
  requireFit(mutant);
  await writeFile(patchFile, JSON.stringify(mutant.patches));
  return { env: { FLOWS_MUTANT: patchFile }, nodeArguments: ['--import', new URL('apply-mutant.mjs', import.meta.url).href] };
}

/** Files that a process of the mutant must say that it has changed. */
export function filesOf({ patches }: Mutant): string[] {
  return [...new Set(patches.map(({ file }) => fileURLToPath(new URL(file, ROOT))))];
}
