/** The layout of ARCHITECTURE.md as a test, independent of the linter. */
import { describe, expect, it } from '@jest/globals';
import { ALLOWED, findCycles, findWrongImports, packageOf } from './import-rules.js';
import { parseSource } from './source-file.js';
import { readPackages, readSources } from './workspace.js';

const packages = readPackages();
const sources = readSources();
const layerOf = (path: string) => packageOf(path, packages)?.layers[0];
const isPure = (path: string) => ['contracts', 'core'].includes(layerOf(path) ?? '');

describe('the repository', () => {
  it('has sources to look at', () => {
    expect(sources.filter(({ path }) => isPure(path)).length).toBeGreaterThan(20);
    expect(sources.filter(({ path }) => layerOf(path) === 'app').length).toBeGreaterThan(20);
  });

  it('gives each package exactly one known layer', () => {
    expect(packages.filter(({ layers }) => layers.length !== 1 || !(layers[0]! in ALLOWED))).toEqual([]);
  });

  it('imports inwards only: contracts, core, adapters, kit, apps; adapters not each other, apps not each other', () => {
    expect(findWrongImports(sources, packages)).toEqual([]);
  });

  it('has no cycle of imports', () => {
    expect(findCycles(sources)).toEqual([]);
  });

  it('keeps the core pure: no clock, no chance, no timers, no process', () => {
    expect(
      sources
        .filter(({ path, impurities }) => isPure(path) && impurities.length > 0)
        .map(({ path, impurities }) => [path, impurities]),
    ).toEqual([]);
  });

  it('keeps Node and frameworks out of the core', () => {
    const foreign = /^(node:|@nestjs\/|typeorm|pg$|kafkajs|undici|pino|@opentelemetry\/)/;
    const found = sources
      .filter(({ path }) => isPure(path))
      .flatMap(({ path, imports }) =>
        imports.filter(({ specifier }) => foreign.test(specifier)).map(({ specifier }) => `${path} -> ${specifier}`),
      );
    expect(found).toEqual([]);
  });

  it('reads the environment in config files only', () => {
    const readers = sources.filter(({ readsEnvironment }) => readsEnvironment).map(({ path }) => path);
    expect(readers.length).toBeGreaterThan(0);
    expect(readers.filter((path) => !path.endsWith('.config.ts') && !path.startsWith('tools/'))).toEqual([]);
  });

  it('has no file or folder that collects what found no name', () => {
    const names = sources.flatMap(({ path }) => path.split('/').map((part) => ({ path, part: part.replace(/\.tsx?$/, '') })));
    expect(names.filter(({ part }) => ['util', 'utils', 'helper', 'helpers', 'common', 'shared', 'misc'].includes(part))).toEqual(
      [],
    );
  });
});

describe('the rules themselves', () => {
  const file = (path: string, text: string) => parseSource(path, text);
  const wrong = (path: string, text: string) => findWrongImports([file(path, text)], packages);

  it.each([
    ['libs/run-machine/src/x.ts', '@flows/postgres'],
    ['libs/contracts/src/x.ts', '@flows/flow-graph'],
    ['libs/kafka/src/x.ts', '@flows/postgres'],
    ['libs/postgres/src/x.ts', '@flows/service-kit'],
    ['libs/service-kit/src/x.ts', '@flows/orchestrator'],
    ['apps/orchestrator/src/x.ts', '@flows/step-executor'],
    ['apps/orchestrator/src/x.ts', '../../step-executor/src/index.js'],
    ['apps/orchestrator/src/x.ts', '@flows/testkit'],
    ['apps/orchestrator/src/x.ts', 'kafkajs'],
    ['apps/orchestrator/src/x.ts', '@flows/orchestrator'],
    ['tools/crm-simulator/src/x.ts', '@flows/contracts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(wrong(path, `import { x } from '${specifier}';`)).toEqual([`${path} -> ${specifier}`]);
    expect(wrong(path, `export * from '${specifier}';`)).toHaveLength(1);
    expect(wrong(path, `const x = await import('${specifier}');`)).toHaveLength(1);
  });

  it('allows what points inwards', () => {
    expect(wrong('apps/orchestrator/src/x.ts', "import '@flows/kafka'; import '@flows/service-kit'; import './y.js';")).toEqual(
      [],
    );
    expect(wrong('libs/kafka/src/x.ts', "import 'kafkajs'; import '@flows/telemetry'; import '@flows/contracts';")).toEqual([]);
  });

  it('finds impurities in code, not in comments, texts, keys or parameters', () => {
    const impure = 'Date.now(); Math.random(); new Date(); setTimeout(f, 1); process.exit(); f([process]); ({ fetch });';
    expect(file('x.ts', impure).impurities).toEqual([
      '1: Date.now',
      '1: Math.random',
      '1: new Date()',
      '1: setTimeout',
      '1: process',
      '1: process',
      '1: fetch',
    ]);
    expect(
      file(
        'x.ts',
        "// Date.now()\nconst a = { process: 1, fetch() {} }; a.process; new Date(0); f('Math.random()'); (process: number) => 1; type T = { fetch: number; b: Buffer }; const { fetch: c } = a;",
      ).impurities,
    ).toEqual([]);
  });

  it('finds cycles of value imports, and leaves type imports alone', () => {
    const a = file('libs/a/src/a.ts', "import { b } from './b.js';");
    expect(findCycles([a, file('libs/a/src/b.ts', "export * from './a.js';")])).toEqual([
      'libs/a/src/a.ts -> libs/a/src/b.ts -> libs/a/src/a.ts',
    ]);
    expect(findCycles([a, file('libs/a/src/b.ts', "import type { A } from './a.js'; import { type B } from './a.js';")])).toEqual(
      [],
    );
  });

  it('sees who reads the environment', () => {
    expect(file('x.ts', "process.env['A']").readsEnvironment).toBe(true);
    expect(file('x.ts', '// process.env').readsEnvironment).toBe(false);
  });
});
