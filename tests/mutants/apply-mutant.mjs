/**
 * Preloaded into a service (`node --import`): replaces pieces of its built modules and SQL files as they are read, by the patches of
 * the file that FLOWS_MUTANT names. Nothing on the disk changes. A piece that is not there exactly once ends the process.
 */
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const patches = Map.groupBy(
  JSON.parse(fs.readFileSync(process.env.FLOWS_MUTANT, 'utf8')),
  ({ file }) => new URL(file, ROOT).href,
);

function mutate(url, text) {
  let mutated = text;
  for (const { file, find, replace } of patches.get(url)) {
    if (mutated.split(find).length !== 2) throw new Error(`Mutant: ${file} does not hold this exactly once: ${find}`);
    mutated = mutated.replace(find, () => replace);
  }
  process.stderr.write(`mutant applied to ${fileURLToPath(url)}\n`);
  return mutated;
}

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    return patches.has(url) ? { ...loaded, source: mutate(url, String(loaded.source)) } : loaded;
  },
});

const { readFileSync } = fs;
fs.readFileSync = (path, ...options) => {
  const content = readFileSync(path, ...options);
  const url = path instanceof URL ? path.href : '';
  return url.endsWith('.sql') && patches.has(url) ? mutate(url, String(content)) : content;
};
syncBuiltinESMExports();
