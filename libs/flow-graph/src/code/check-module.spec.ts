import { describe, expect, it } from '@jest/globals';
import { checkModule } from './check-module.js';

describe('checkModule', () => {
  it.each([
    'export default function (input) { return input.a + 1; }',
    'export default async (input) => { await null; return input; }',
    'const run = (input) => input;\nexport default run;',
    'function run(input) { return input; }\nexport { run as default };',
    'export const helper = 1;\nexport default wrap((input) => helper);\nfunction wrap(f) { return f; }',
    'export default (class {}).create',
    'const importer = { import: 1, source: "x" };\nexport default () => importer.import ?? importer?.source',
    '// import x from "y"\nexport default () => "import(\'x\')"',
    'export default (list) => list.toSorted().findLast((x) => x?.y ?? /\\p{L}/u.test(x))',
  ])('takes %j', (source) => expect(checkModule(source)).toEqual([]));

  it.each([
    ['return 1', "Line 1, column 1: 'return' outside of function"],
    ['export default 1\nexport default 2', "Line 2, column 8: Duplicate export 'default'"],
    ['export default () => { with (x) {} }', "Line 1, column 24: 'with' in strict mode"],
    ['let a; let a; export default () => a', "Line 1, column 12: Identifier 'a' has already been declared"],
    ['export default `x`', 'Line 1, column 1: The default export is no function'],
    ['export default class {}', 'Line 1, column 1: The default export is no function'],
    [' '.repeat(10), 'The module has no default export; write "export default function (input) { return … }"'],
  ])('refuses %j', (source, message) => expect(checkModule(source)).toEqual([message]));

  it('names every import', () => {
    const source =
      "import a from 'a';\nexport * from 'b';\nexport { c } from 'c';\nexport default () => [import('d'), import(a)];";
    expect(checkModule(source).map((message) => message.replace(/:.*/, ''))).toEqual([
      'Line 1, column 1',
      'Line 2, column 1',
      'Line 3, column 1',
      'Line 4, column 23',
      'Line 4, column 36',
    ]);
  });

  it('takes no harm from a source that is nested deeply', () => {
    for (const [open, close] of [
      ['(', '1)'],
      ['{', '}'],
      ['[', ']'],
    ] as const) {
      const nested = `export default () => 1;\n${open.repeat(30_000)}${close.repeat(30_000)}`;
      expect(checkModule(nested)).toEqual(['The source is nested too deeply']);
    }
    const chain = `export default (x) => ${'x + '.repeat(2_000)}x`;
    expect(checkModule(chain)).toEqual([]);
  });
});
