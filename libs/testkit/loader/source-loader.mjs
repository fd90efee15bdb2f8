/**
 * Lets a child process of a test run TypeScript sources, decorators included, so that it never runs a stale build:
 * `node --import <this file> program.ts`. `./x.js` stands for `./x.ts`, `@flows/name` for libs/name/src/index.ts.
 */
import { transformSync } from '@swc/core';
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const REPOSITORY = new URL('../../../', import.meta.url);
const { $schema: _, ...swc } = JSON.parse(readFileSync(new URL('.swcrc', REPOSITORY), 'utf8'));

function sourceOf(specifier, parentUrl) {
  const [, name, subpath = 'index'] = /^@flows\/([a-z-]+)(?:\/([a-z-]+))?$/.exec(specifier) ?? [];
  if (name !== undefined) return new URL(`libs/${name}/src/${subpath}.ts`, REPOSITORY);
  if (specifier.startsWith('.') && specifier.endsWith('.js') && parentUrl !== undefined)
    return new URL(specifier.replace(/\.js$/, '.ts'), parentUrl);
  return undefined;
}

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const source = sourceOf(specifier, context.parentURL);
    if (source !== undefined && existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true };
    return nextResolve(specifier, context);
  },
  load: (url, context, nextLoad) => {
    if (!url.startsWith(REPOSITORY.href) || !url.endsWith('.ts') || url.includes('/node_modules/')) return nextLoad(url, context);
    const path = fileURLToPath(url);
    const { code } = transformSync(readFileSync(path, 'utf8'), {
      ...swc,
      filename: path,
      sourceMaps: 'inline',
      configFile: false,
      swcrc: false,
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
