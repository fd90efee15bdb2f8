/** The directions in which imports may point. The same as in eslint.config.mjs, stated on its own: neither may lose a rule unnoticed. */
import type { SourceFile } from './source-file.js';
import type { WorkspacePackage } from './workspace.js';

const CORE = ['contracts', 'core'];
const ADAPTERS = [...CORE, 'telemetry', 'adapter'];

export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  core: CORE,
  telemetry: [],
  // Adapters do not import each other.
  adapter: [...CORE, 'telemetry'],
  kit: ADAPTERS,
  testkit: ADAPTERS,
  app: [...ADAPTERS, 'kit'],
  tool: [...ADAPTERS, 'kit', 'testkit', 'tool', 'foreign'],
  // A system of somebody else, which happens to live here: it knows nothing of us.
  foreign: [],
};

export const packageOf = (path: string, packages: readonly WorkspacePackage[]) =>
  packages.find(({ folder }) => path.startsWith(`${folder}/`));

/** Imports that point the wrong way, as `path -> specifier`. */
export function findWrongImports(files: readonly SourceFile[], packages: readonly WorkspacePackage[]): string[] {
  return files.flatMap((file) => {
    const from = packageOf(file.path, packages);
    return file.imports
      .filter(({ specifier }) => !mayImport(file, specifier, from, packages))
      .map(({ specifier }) => `${file.path} -> ${specifier}`);
  });
}

function mayImport(
  file: SourceFile,
  specifier: string,
  from: WorkspacePackage | undefined,
  packages: readonly WorkspacePackage[],
): boolean {
  if (from === undefined) return false;
  if (specifier.startsWith('.')) return resolveRelative(file.path, specifier).startsWith(`${from.folder}/`);
  if (specifier === 'kafkajs' || specifier.startsWith('kafkajs/'))
    return ['libs/kafka', 'tools/crm-simulator'].includes(from.folder);
  if (!specifier.startsWith('@flows/')) return true;
  const target = packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  // By its own name, a package would be loaded through its index: a cycle.
  if (target === undefined || target === from) return false;
  return (ALLOWED[from.layers[0] ?? ''] ?? []).includes(target.layers[0] ?? '');
}

export function resolveRelative(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** Cycles of imports that exist at run time, each once, as `a -> b -> a`. A cycle runs a module before what it needs. */
export function findCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) return void cycles.push([...trail.slice(at), path].join(' -> '));
    const file = byPath.get(path);
    if (file === undefined || done.has(path)) return;
    for (const { specifier, typeOnly } of file.imports) {
      if (!typeOnly && specifier.startsWith('.'))
        visit(resolveRelative(path, specifier).replace(/\.js$/, '.ts'), [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}
