import { afterAll, describe, expect, it } from '@jest/globals';
import { CodePool } from './code.pool.js';
import type { CodeAnswer } from './code.protocol.js';

const pool = new CodePool(2);
afterAll(() => pool.close());

const run = (source: string, input: unknown = null, timeoutMs = 5_000, workspace = 'w'): Promise<CodeAnswer> =>
  pool.run(workspace, { source, input: JSON.stringify(input), deadline: Date.now() + timeoutMs }, new AbortController().signal);
const outputOf = async (source: string, input: unknown = null): Promise<unknown> => {
  const answer = await run(source, input);
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`);
  return JSON.parse(answer.output);
};

describe('code', () => {
  it.each<[string, string, unknown, unknown]>([
    ['maps its input', 'export default ({ a }) => ({ b: a + 1 })', { a: 1 }, { b: 2 }],
    ['may be async', 'export default async (n) => { await null; return n * 2 }', 4, 8],
    ['may await at the top', 'const k = await Promise.resolve(3); export default (n) => n * k', 4, 12],
    ['may return what has a then', 'export default () => ({ then: (done) => done(7) })', null, 7],
    ['may be a function declaration', 'export default function (x) { return x.map((y) => y.toUpperCase()) }', ['a'], ['A']],
    ['that returns nothing returns null', 'export default () => {}', null, null],
    ['knows dates', 'export default () => new Date(0).toISOString()', null, '1970-01-01T00:00:00.000Z'],
    ['writes dates as JSON does', 'export default () => ({ at: new Date(0) })', null, { at: '1970-01-01T00:00:00.000Z' }],
    ['gets any text', 'export default (s) => s', 'ü😀\u2028\0', 'ü😀\u2028\0'],
    ['may use its console', 'console.log("a", { b: 1 }); export default () => 1', null, 1],
  ])('%s', async (_, source, input, output) => {
    expect(await outputOf(source, input)).toEqual(output);
  });

  it.each<[string, string, object]>([
    [
      'that throws',
      'export default () => {\n\n  throw new TypeError("boo") }',
      { code: 'code_error', message: 'TypeError: boo', line: 3 },
    ],
    [
      'that rejects',
      'export default async () => {\n throw new Error("later") }',
      { code: 'code_error', message: 'Error: later', line: 2 },
    ],
    ['that throws no error', 'export default () => { throw 5 }', { code: 'code_error', message: 'The code threw 5' }],
    ['that cannot be parsed', '\nnot code', { code: 'code_error', message: expect.stringContaining('SyntaxError'), line: 2 }],
    ['without default export', 'export const a = 1', { code: 'code_no_default_export' }],
    ['whose default export is no function', 'export default 5', { code: 'code_no_default_export' }],
    [
      'that waits for ever',
      'export default () => new Promise(() => {})',
      { code: 'code_error', message: expect.stringContaining('promise') },
    ],
    [
      'that returns a function',
      'export default () => () => 1',
      { code: 'code_output_not_json', message: expect.stringContaining('function') },
    ],
    ['that returns a symbol', 'export default () => Symbol()', { code: 'code_output_not_json' }],
    ['that returns a cycle', 'export default () => { const a = {}; a.a = a; return a }', { code: 'code_output_not_json' }],
    ['that returns a BigInt', 'export default () => 10n', { code: 'code_output_not_json' }],
  ])('%s fails with its place', async (_, source, expected) => {
    expect(await run(source)).toMatchObject({ ok: false, ...expected });
  });

  it('hands over the last lines of its console when it fails', async () => {
    const answer = await run(
      'for (let i = 0; i < 60; i++) console.log("line", i); console.error({ a: 1 }); export default () => nope.x',
    );
    expect(answer).toMatchObject({ code: 'code_error', logs: expect.arrayContaining(['line 59', '{"a":1}']) });
    expect((answer as { logs: string[] }).logs).toHaveLength(50);
  });
});

describe('an attack', () => {
  it.each<[string, string, string]>([
    ['a loop', 'while (1) {}; export default () => 1', 'code_timeout'],
    ['a loop in the function', 'export default () => { for (;;); }', 'code_timeout'],
    [
      'a loop that catches everything',
      'export default () => { for (;;) { try { for (;;); } catch {} finally { continue } } }',
      'code_timeout',
    ],
    ['a loop of promises', 'export default async () => { for (;;) await null }', 'code_timeout'],
    ['a regular expression', 'export default () => /^(a+)+$/.test("a".repeat(40) + "b")', 'code_timeout'],
    ['a sort that loops', 'export default () => [1, 2].sort(() => { for (;;); })', 'code_timeout'],
    ['a getter that loops in the output', 'export default () => ({ get a() { for (;;); } })', 'code_timeout'],
    ['a message that loops', 'export default () => { throw { get message() { for (;;); } } }', 'code_timeout'],
    ['a memory bomb', 'export default () => { const a = []; for (;;) a.push(new Array(1e5).fill(1)) }', 'code_memory'],
    ['a huge text', 'export default () => "x".repeat(1e9)', 'code_memory'],
    ['a text that doubles', 'export default () => { let s = "xx"; for (;;) s += s }', 'code_error'],
    ['a huge buffer', 'export default () => new Uint8Array(1e9)', 'code_memory'],
    ['deep recursion', 'export default function f() { return f() + 1 }', 'code_error'],
    ['recursion of the parser', 'export default () => JSON.parse("[".repeat(1e5) + "]".repeat(1e5))', 'code_error'],
    [
      'recursion of the output',
      'export default () => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a }',
      'code_error',
    ],
    ['source that is nested deeply', `export default () => ${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'code_error'],
    ['process', 'export default () => process.env', 'code_error'],
    [
      'process through a constructor',
      'export default () => globalThis.constructor.constructor("return process")().env',
      'code_error',
    ],
    ['process through the input', 'export default (i) => i.constructor.constructor("return process")().env', 'code_error'],
    ['require', 'export default () => require("fs")', 'code_error'],
    ['an import', 'import fs from "node:fs"; export default () => fs', 'code_error'],
    ['a dynamic import', 'export default () => import("fs")', 'code_error'],
    ['an import by URL', 'export default () => import("file:///etc/passwd")', 'code_error'],
    ['the network', 'export default () => fetch("http://127.0.0.1")', 'code_error'],
    ['a timer', 'export default () => setTimeout(() => 1, 1)', 'code_error'],
    ['threads', 'export default () => new Worker("x")', 'code_error'],
  ])('by %s fails, and the thread answers the next one', async (_, source, code) => {
    expect(await run(source, {}, code === 'code_timeout' ? 300 : 10_000)).toMatchObject({ ok: false, code });
    expect(await outputOf('export default (n) => n + 1', 1)).toBe(2);
  });

  it('finds nothing of ours among its globals', async () => {
    const names = (await outputOf('export default () => Object.getOwnPropertyNames(globalThis)')) as string[];
    const ours = [
      'process',
      'require',
      'module',
      'Buffer',
      'fetch',
      'setTimeout',
      'setInterval',
      'queueMicrotask',
      'WebAssembly',
      'std',
      'os',
      'print',
      'scriptArgs',
      'performance',
      'navigator',
      'structuredClone',
    ];
    expect(names.filter((name) => ours.includes(name))).toEqual([]);
  });

  it('leaves nothing for the next run', async () => {
    const pollute = `globalThis.left = 1; Object.prototype.left = 1; Array.prototype.map = () => 'mine'; JSON.stringify = () => '"mine"';
      JSON.parse = () => 'mine'; Promise.prototype.then = () => {}; Object.freeze(Object.prototype); export default () => 1`;
    for (let n = 0; n < 4; n += 1) await run(pollute);
    const look = 'export default (input) => [typeof left, {}.left === undefined, [1].map((x) => x + 1), input]';
    for (let n = 0; n < 4; n += 1) expect(await outputOf(look, { a: 1 })).toEqual(['undefined', true, [2], { a: 1 }]);
  });

  it('changes no prototype of ours with the keys of its output', async () => {
    const output = await outputOf(
      `export default () => JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')`,
    );
    expect(Object.keys(output as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('the pool', () => {
  it('lets workspaces take turns', async () => {
    const order: string[] = [];
    const busy = Array.from({ length: 8 }, (_, n) =>
      run('export default () => { const end = Date.now() + 60; while (Date.now() < end); }', null, 5_000, 'greedy').then(() =>
        order.push(`greedy${n}`),
      ),
    );
    const modest = run('export default () => 1', null, 5_000, 'modest').then(() => order.push('modest'));
    await Promise.all([...busy, modest]);
    expect(order.indexOf('modest')).toBeLessThanOrEqual(4);
  });

  it('ends a thread whose attempt is let go of, and goes on with another', async () => {
    const one = new CodePool(1);
    const controller = new AbortController();
    const running = one.run(
      'w',
      { source: 'export default () => { for (;;); }', input: '1', deadline: Date.now() + 60_000 },
      controller.signal,
    );
    const queued = one.run(
      'w',
      { source: 'export default () => 2', input: '1', deadline: Date.now() + 60_000 },
      new AbortController().signal,
    );
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    expect(await queued).toEqual({ ok: true, output: '2' });
    await one.close();
  });

  it('leaves the event loop alone while code computes', async () => {
    const computing = run('export default () => { for (;;); }', null, 400);
    let turns = 0;
    const ticker = setInterval(() => (turns += 1), 5);
    await computing;
    clearInterval(ticker);
    expect(turns).toBeGreaterThan(20);
  });
});
