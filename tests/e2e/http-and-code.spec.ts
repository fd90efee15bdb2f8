import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { Installation, type Workspace } from '../harness/installation.js';
import { chain, endOf, mapInParallel, publishFlow, runToEnd, startRun, stepsOf } from '../harness/flows.js';
import { startPlainServer, type PlainServer } from '../harness/plain-server.js';
import type { RunView } from '../harness/views.js';

/**
 * What http and code steps must not be able to do (acceptance row 13). The installation may call 127.0.0.2, which stands for the
 * internet; everything else on loopback stands for what is inside.
 */
const OUTSIDE = '127.0.0.2';
let installation: Installation;
let workspace: Workspace;
let outside: PlainServer;
let inside: PlainServer;

beforeAll(async () => {
  inside = await startPlainServer('127.0.0.1', (_, response) => response.end('secret'));
  // The same port on both, so that a name that is bound again leads from one to the other.
  outside = await startPlainServer(OUTSIDE, (request, response) => answerOutside(request.url ?? '', response), inside.port);
  installation = await Installation.start({
    serviceEnv: {
      'step-executor': {
        EGRESS_ALLOW_CIDRS: `${OUTSIDE}/32`,
        NODE_OPTIONS: `--import=${new URL('../harness/rebinding-resolver.ts', import.meta.url).href}`,
      },
    },
  });
  workspace = await installation.createWorkspace();
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await Promise.all([inside?.close(), outside?.close()]);
});

function answerOutside(path: string, response: ServerResponse): void {
  const to = new URL(path, 'http://x').searchParams.get('to');
  if (to !== null) response.writeHead(302, { location: to }).end();
  else if (path === '/large') response.end('x'.repeat(1_100_000));
  else if (path === '/endless') response.write('x');
  else response.writeHead(200, { connection: 'close', 'content-type': 'application/json' }).end('{"ok":true}');
}

let httpFlow: string;
const runUrl = async (url: string): Promise<RunView> => {
  httpFlow ??= await publishFlow(workspace.client, {
    graph: {
      steps: [
        {
          id: 'call',
          type: 'http',
          url: '${ payload.url }',
          follow_redirects: true,
          timeout: '1s',
          retry: { max_attempts: 1 },
        },
      ],
      edges: [],
    },
  });
  return runToEnd(workspace.client, httpFlow, { url });
};

describe('an http step', () => {
  const outsideUrl = (path: string) => `http://${OUTSIDE}:${outside.port}${path}`;
  const redirect = (to: string) => outsideUrl(`/?to=${encodeURIComponent(to)}`);
  const port = () => inside.port;
  const ATTACKS: [name: string, url: () => string][] = [
    ['the metadata service', () => 'http://169.254.169.254/latest/meta-data/'],
    ['the same as IPv6', () => 'http://[::ffff:169.254.169.254]/'],
    ['loopback', () => `http://127.0.0.1:${port()}/`],
    ['loopback as a number', () => `http://2130706433:${port()}/`],
    ['loopback in hexadecimal', () => `http://0x7f000001:${port()}/`],
    ['loopback, short', () => `http://127.1:${port()}/`],
    ['loopback as IPv6', () => `http://[::1]:${port()}/`],
    ['loopback behind NAT64', () => `http://[64:ff9b::7f00:1]:${port()}/`],
    ['localhost', () => `http://localhost:${port()}/`],
    ['localhost with a dot', () => `http://localhost.:${port()}/`],
    ['this host', () => `http://0.0.0.0:${port()}/`],
    ['a private network', () => 'http://10.0.0.1/'],
    ['a unique local address', () => 'http://[fd00::1]/'],
    ['a file', () => 'file:///etc/passwd'],
    ['credentials in the URL', () => `http://user:secret@${OUTSIDE}:${port()}/`],
    ['a redirect to loopback', () => redirect(`http://127.0.0.1:${port()}/`)],
    ['a redirect to the metadata service', () => redirect('http://169.254.169.254/')],
    ['a redirect to a redirect to loopback', () => redirect(redirect(`http://localhost:${port()}/`))],
    ['a redirect to a file', () => redirect('file:///etc/passwd')],
    ['a name that resolves to loopback', () => `http://127-0-0-1.127-0-0-1.a.rebind.test:${port()}/`],
  ];

  it('reaches the outside', async () => {
    const run = await runUrl(outsideUrl('/'));
    expect(run).toMatchObject({ status: 'completed', output: { status: 200, body: { ok: true } } });
  });

  it.each(ATTACKS)('is refused %s, without a connection', async (_name, url) => {
    const before = inside.connections;
    const run = await runUrl(url());
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'egress_denied', class: 'non_retryable', step_id: 'call', attempt: 1 },
    });
    expect(inside.connections).toBe(before);
  });

  it('is refused a name that is bound to another address after the first call (DNS rebinding)', async () => {
    const before = inside.connections;
    const url = `http://127-0-0-2.127-0-0-1.b.rebind.test:${port()}/`;
    expect(await runUrl(url)).toMatchObject({ status: 'completed' });
    expect(await runUrl(url)).toMatchObject({ status: 'failed', error: { code: 'egress_denied' } });
    expect(inside.connections).toBe(before);
  });

  it('is refused at save when the address stands in the graph', async () => {
    const step = { id: 'call', type: 'http', url: 'http://169.254.169.254/latest' };
    const answer = await workspace.client.post<{ errors: { code: string; pointer: string }[] }>('/flows/workflows', {
      name: 'attack',
      graph: { steps: [step], edges: [] },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([expect.objectContaining({ code: 'egress_denied' })]);
  });

  it('gives up an answer that is too large, and one that does not end', async () => {
    expect(await runUrl(outsideUrl('/large'))).toMatchObject({ status: 'failed', error: { code: 'response_too_large' } });
    expect(await runUrl(outsideUrl('/endless'))).toMatchObject({
      status: 'failed',
      error: { code: 'step_timeout', class: 'timeout' },
    });
  });
});

const fn = (body: string) => `export default (input) => { ${body} }`;
const ATTACKS: [name: string, code: string | RegExp, source: string][] = [
  ['while (true)', 'code_timeout', fn('while (true) {}')],
  ['an endless microtask', 'code_timeout', 'export default async () => { for (;;) await null; }'],
  ['an endless regular expression', 'code_timeout', fn('return /^(a+)+$/.test("a".repeat(40) + "b")')],
  ['a promise that nobody settles', /^code_/, 'export default () => new Promise(() => {})'],
  ['process.env', 'code_error', fn('return process.env')],
  ['require', 'code_error', fn('return require("node:fs").readFileSync("/etc/passwd", "utf8")')],
  ['fetch', 'code_error', 'export default () => fetch("http://169.254.169.254/")'],
  ['the host through a constructor', 'code_error', fn('return input.constructor.constructor("return process")().env')],
  ['a buffer larger than memory', 'code_memory', fn('return new Uint8Array(1e9).length')],
  ['recursion without end', 'code_error', fn('const f = () => f() + 1; return f()')],
  ['an output that JSON cannot hold', /^code_/, fn('const a = {}; a.a = a; return a')],
  ['a function as output', 'code_output_not_json', fn('return () => 1')],
  ['an import that its text hides', 'code_error', fn('return eval("impo" + "rt(\\"node:fs\\")")')],
];
const REFUSED_AT_SAVE: [name: string, source: string][] = [
  ['an import', 'import fs from "node:fs"; export default () => fs.readFileSync("/etc/passwd", "utf8")'],
  ['a dynamic import', 'export default async () => (await import("node:fs")).readFileSync("/etc/passwd", "utf8")'],
  ['no default export', 'export const x = 1'],
  ['a syntax error', 'export default ('],
];

describe('a code step', () => {
  const codeFlow = (source: string, timeout = '1s') =>
    publishFlow(workspace.client, {
      graph: {
        steps: [
          { id: 'code', type: 'code', source, input: { n: '${ payload.n }' }, timeout, retry: { max_attempts: 1 } },
          { id: 'after', type: 'transform', output: '${ steps.code.output }' },
        ],
        edges: chain('code', 'after'),
      },
    });

  it('maps its input to its output, also asynchronously', async () => {
    const workflow = await codeFlow('export default async ({ n }) => ({ doubled: n * 2, list: [1, null, "x"] });');
    expect(await runToEnd(workspace.client, workflow, { n: 21 })).toMatchObject({
      status: 'completed',
      output: { doubled: 42, list: [1, null, 'x'] },
    });
  });

  it('keeps nothing from one run for the next', async () => {
    const workflow = await codeFlow(
      'export default () => { globalThis.seen = (globalThis.seen ?? 0) + 1; return globalThis.seen; }',
    );
    const outputs = await mapInParallel([1, 2, 3, 4], async (n) => (await runToEnd(workspace.client, workflow, { n })).output);
    expect(outputs).toEqual([1, 1, 1, 1]);
  });

  it.each(ATTACKS)('ends %s with a code of its own, and nothing else suffers', async (_name, code, source) => {
    const run = await runToEnd(workspace.client, await codeFlow(source), { n: 1 });
    expect(run).toMatchObject({ status: 'failed', error: { step_id: 'code', attempt: 1 } });
    expect(run.error?.code).toMatch(code);
    expect(run.error?.message).not.toMatch(/root:|secret/);
    expect((await stepsOf(workspace.client, run.id)).map(({ step_id }) => step_id)).toEqual(['code']);
  });

  it('that fills its memory bit by bit is ended by the limit before its time is over', async () => {
    const workflow = await codeFlow(fn('const all = []; for (;;) all.push(new Array(1e5).fill(1))'), '30s');
    const run = await endOf(workspace.client, (await startRun(workspace.client, workflow, { n: 1 })).id, 40_000);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'code_memory', step_id: 'code' } });
  }, 60_000);

  it.each(REFUSED_AT_SAVE)('with %s is refused when it is saved', async (_name, source) => {
    const graph = { steps: [{ id: 'code', type: 'code', source }], edges: [] };
    const answer = await workspace.client.post('/flows/workflows', { name: 'attack', graph });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_source', step_id: 'code' }] } });
  });

  it('of another workspace goes on while one loops', async () => {
    const [looping, good] = await Promise.all([codeFlow(fn('while (true) {}')), codeFlow('export default ({ n }) => n')]);
    const began = Date.now();
    const loops = mapInParallel([1, 2, 3, 4, 5, 6], (n) => runToEnd(workspace.client, looping, { n }));
    const other = await installation.createWorkspace('other');
    const otherFlow = await publishFlow(other.client, {
      graph: { steps: [{ id: 'code', type: 'code', source: 'export default () => 7' }], edges: [] },
    });
    expect(await runToEnd(other.client, otherFlow)).toMatchObject({ status: 'completed', output: 7 });
    expect(Date.now() - began).toBeLessThan(6_000);
    expect((await loops).map(({ error }) => error?.code)).toEqual(Array.from({ length: 6 }, () => 'code_timeout'));
    expect(await runToEnd(workspace.client, good, { n: 5 })).toMatchObject({ output: 5 });
  });
});
