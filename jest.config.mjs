import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every workspace package by its name, mapped to its TypeScript entry, so that tests run on sources and never on a stale build. */
const packages = Object.fromEntries(
  ['apps', 'libs', 'tools'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(import.meta.dirname, folder, entry.name, 'package.json')))
      .map((entry) => {
        const manifest = JSON.parse(readFileSync(join(import.meta.dirname, folder, entry.name, 'package.json'), 'utf8'));
        return Object.entries(manifest.exports).map(([path, { types }]) => [
          `^${manifest.name}${path.slice(1)}$`,
          `<rootDir>/${folder}/${entry.name}/${types.slice(2)}`,
        ]);
      })
      .flat(),
  ),
);

const swc = JSON.parse(readFileSync(join(import.meta.dirname, '.swcrc'), 'utf8'));
delete swc.$schema;
// jest loads the global setup as CommonJS; its import() must stay one, or it could not load the ESM sources of the packages.
swc.module = { ...swc.module, ignoreDynamic: true };

const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch,
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { ...swc, sourceMaps: 'inline' }] },
  moduleNameMapper: { ...packages, '^(\\.{1,2}/.*)\\.js$': '$1' },
  ...extra,
});

const infrastructure = {
  globalSetup: '<rootDir>/tests/setup/start-infrastructure.ts',
  globalTeardown: '<rootDir>/tests/setup/stop-infrastructure.ts',
};

export default {
  maxWorkers: 2,
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/tools/counting.reporter.mjs'],
  projects: [
    project('unit', [
      '<rootDir>/{apps,libs,tools}/**/*.spec.ts',
      '!**/*.int.spec.ts',
      '<rootDir>/tests/{architecture,invariants}/**/*.spec.ts',
    ]),
    project('int', ['<rootDir>/{apps,libs,tools}/**/*.int.spec.ts'], infrastructure),
    project('e2e', ['<rootDir>/tests/{e2e,chaos,mutants,telemetry}/**/*.spec.ts'], infrastructure),
  ],
};
