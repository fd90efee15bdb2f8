/**
 * What is an error here is what types cannot say: promises nobody awaits, switches that forget a case, and imports that point the
 * wrong way. Layout is prettier's business. The same directions stand as a test in tests/architecture, independent of this file.
 *
 *   contracts ◄─ core ◄─ adapter ◄─ kit ◄─ app        telemetry: importable from adapters on; foreign: knows nothing of us
 */
import nxDevkit from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

// The boundary rule reads the graph that this leaves in nx's cache; without one it would skip every file in silence.
process.env.NX_DAEMON = 'false';
await nxDevkit.createProjectGraphAsync({ exitOnError: true });

const TYPESCRIPT = ['apps/**/*.ts', 'libs/**/*.ts', 'tools/**/*.ts', 'tests/**/*.ts'];
const TESTS = ['**/*.spec.ts', '{apps,libs,tools}/*/test/**/*.ts', 'tests/**/*.ts'];
const PURE = ['libs/{contracts,flow-graph,json-schema,run-machine,trigger-rules}/src/**/*.ts'];

/** Every package's tests stand on the testkit, which stands on some of the packages. */
const TESTKIT_CYCLES = [['!@flows/testkit', '@flows/testkit']];

/** Who may import whom. Tags stand in each package.json. */
const LAYERS = {
  contracts: [],
  core: ['contracts', 'core'],
  telemetry: [],
  adapter: ['contracts', 'core', 'telemetry'],
  kit: ['contracts', 'core', 'telemetry', 'adapter'],
  testkit: ['contracts', 'core', 'telemetry', 'adapter'],
  app: ['contracts', 'core', 'telemetry', 'adapter', 'kit'],
  tool: ['contracts', 'core', 'telemetry', 'adapter', 'kit', 'testkit', 'tool', 'foreign'],
  foreign: [],
};
const tag = (layer) => `layer:${layer}`;
const constraints = (also) =>
  Object.entries(LAYERS).map(([layer, targets]) => ({
    sourceTag: tag(layer),
    onlyDependOnLibsWithTags: [...targets, ...also(layer)].map(tag),
  }));

const boundaries = (depConstraints, extra = {}) => ['error', { depConstraints, enforceBuildableLibDependency: false, ...extra }];

const KAFKAJS = {
  group: ['kafkajs', 'kafkajs/*'],
  message: 'Kafka is reached through @flows/kafka only, so that its client can be exchanged in one place.',
};
const ENVIRONMENT = 'The environment is read in *.config.ts only; take the setting from the config.';
const IMPURE = 'The core is pure: time is input.at, chance is a hash of an id, and nothing waits or talks to the outside.';
const CLOCKS_AND_CHANCE = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['crypto', 'randomUUID'],
  ['crypto', 'getRandomValues'],
].map(([object, property]) => ({ object, property, message: IMPURE }));
const ENV = { object: 'process', property: 'env', message: ENVIRONMENT };

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', 'bench/**', 'docs/**', '**/*.d.ts'] },
  {
    files: TYPESCRIPT,
    plugins: { '@typescript-eslint': tseslint.plugin, '@nx': nx },
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: true, considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/ban-ts-comment': 'error',
      '@nx/enforce-module-boundaries': boundaries(constraints(() => [])),
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'node:process', importNames: ['env'], message: ENVIRONMENT }], patterns: [KAFKAJS] },
      ],
      'no-restricted-properties': ['error', ENV],
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-empty': 'error',
      'no-self-compare': 'error',
      'no-fallthrough': 'error',
      'no-unreachable': 'error',
      'no-debugger': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: PURE,
    ignores: TESTS,
    rules: {
      'no-restricted-properties': ['error', ENV, ...CLOCKS_AND_CHANCE],
      'no-restricted-globals': [
        'error',
        ...[
          'process',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'queueMicrotask',
          'performance',
          'fetch',
          'Buffer',
          'global',
          'globalThis',
        ].map((name) => ({
          name,
          message: IMPURE,
        })),
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^node:', message: IMPURE },
            {
              group: ['@nestjs/*', 'typeorm', 'pg', 'undici', 'pino', '@opentelemetry/*'],
              message: 'The core knows no framework and no driver.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: IMPURE }],
    },
  },
  {
    files: ['libs/{flow-graph,json-schema,run-machine,trigger-rules}/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: IMPURE },
        {
          selector: ':function[async=true]',
          message: 'The core is synchronous: an await is a place where something else could happen.',
        },
      ],
    },
  },
  { files: ['libs/kafka/**/*.ts', 'tools/crm-simulator/**/*.ts', ...TESTS], rules: { 'no-restricted-imports': 'off' } },
  { files: ['**/*.config.ts', 'tools/**/*.ts', ...TESTS], rules: { 'no-restricted-properties': 'off' } },
  { files: ['tools/**/*.ts', ...TESTS], rules: { 'no-console': 'off' } },
  {
    files: TESTS,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(
        constraints((layer) => (layer === 'foreign' ? [] : ['testkit', 'kit', 'adapter', 'telemetry', 'contracts', 'core'])),
        {
          ignoredCircularDependencies: TESTKIT_CYCLES,
          allowCircularSelfDependency: true,
        },
      ),
      // Matchers such as expect.any() and parsed answers are `any` by type; a wrong guess about them fails the test.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['libs/testkit/src/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries(
        constraints(() => []),
        { ignoredCircularDependencies: TESTKIT_CYCLES },
      ),
    },
  },
);
