import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_STEP_OUTPUT_BYTES, type JsonObject, type JsonValue, type StepWork } from '@flows/contracts';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { v7 } from 'uuid';
import { commandOf } from './command.builder.js';
import { ExecutorHarness } from './executor.harness.js';

let harness: ExecutorHarness;
let folder: string;
beforeAll(async () => {
  [harness, folder] = await Promise.all([ExecutorHarness.start('executor_large'), mkdtemp(join(tmpdir(), 'flows-large-'))]);
}, 60_000);
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true });
});

const run = async (work: StepWork, input: JsonValue) => {
  const one = commandOf({ workspaceId: harness.workspaceId, work, input, timeoutMs: 20_000 });
  await harness.send('connector', one);
  return {
    one,
    outcome: (await harness.reportOf(one, 20_000)).outcome as { status: string; output: JsonObject; error?: unknown },
  };
};
const code = (source: string): StepWork => ({ kind: 'code', source });
const noop: StepWork = { kind: 'connector', connection: 'none', action: 'noop.run' };
const big = code('export default (n) => ({ rows: Array.from({ length: n }, (_, id) => ({ id, text: "ü".repeat(100) })) })');
interface Blob {
  key: string;
  size_bytes: number;
  sha256: string;
  content_type: string;
}

describe('without a blob store', () => {
  it('a large output fails its step, and the message says what to set', async () => {
    await harness.startExecutor();
    expect((await run(big, 10_000)).outcome.error).toMatchObject({
      code: 'output_too_large',
      class: 'non_retryable',
      message: expect.stringContaining('BLOB_STORE_URL'),
    });
    const key = `${harness.workspaceId}/${v7()}/${v7()}/1`;
    expect((await run(noop, { a: { $blob: { key } } })).outcome.error).toMatchObject({ code: 'blob_store_missing' });
    await harness.stopExecutors();
  }, 60_000);
});

describe('with a blob store', () => {
  let blob: Blob;
  beforeAll(async () => {
    await harness.startExecutor({ BLOB_STORE_URL: pathToFileURL(folder).href });
  }, 60_000);

  it('a large output goes there, and the output is a reference', async () => {
    const { one, outcome } = await run(big, 10_000);
    expect(Object.keys(outcome.output)).toEqual(['$blob']);
    blob = outcome.output['$blob'] as unknown as Blob;
    const bytes = await readFile(join(folder, blob.key));
    expect(blob).toEqual({
      key: `${one.workspace_id}/${one.run_id}/${one.step_run_id}/1`,
      size_bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      content_type: 'application/json',
    });
    expect(bytes.length).toBeGreaterThan(MAX_STEP_OUTPUT_BYTES);
    expect((JSON.parse(bytes.toString()) as { rows: unknown[] }).rows).toHaveLength(10_000);
  }, 40_000);

  it('a small output stays where it was', async () => {
    expect((await run(big, 1)).outcome.output).toMatchObject({ rows: [{ id: 0 }] });
  });

  it('a step that gets a reference gets what it stands for, wherever it is in the input', async () => {
    const count = code('export default ({ list }) => list.map(({ data }) => data.rows.length)');
    const { outcome } = await run(count, { list: [{ data: { $blob: { ...blob } } }, { data: { $blob: { key: blob.key } } }] });
    expect(outcome.output).toEqual([10_000, 10_000]);
  }, 40_000);

  it('what only looks like a reference is data', async () => {
    const input = { a: { $blob: 'x' }, b: { $blob: { key: 1 } }, c: { $blob: { key: blob.key }, more: 1 }, d: '"$blob"' };
    expect((await run(noop, input)).outcome.output).toEqual(input);
  });

  it('a reference to another workspace is refused, in whatever form', async () => {
    const theirs = `${v7()}/${v7()}/${v7()}/1`;
    await mkdir(dirname(join(folder, theirs)), { recursive: true });
    await writeFile(join(folder, theirs), '"secret"');
    const ours = harness.workspaceId;
    for (const key of [
      theirs,
      `${ours}/../${theirs}`,
      `${ours}/${v7()}/../../${theirs}`,
      `/${theirs}`,
      `../../etc/passwd`,
      `${ours}/x`,
      '',
    ]) {
      const { outcome } = await run(noop, { a: { $blob: { key } } });
      expect([key, outcome.error]).toEqual([key, expect.objectContaining({ code: 'blob_forbidden', class: 'non_retryable' })]);
    }
  }, 40_000);

  it('a reference to what is not there any more is refused', async () => {
    const key = `${harness.workspaceId}/${v7()}/${v7()}/1`;
    expect((await run(noop, { a: { $blob: { key } } })).outcome.error).toMatchObject({ code: 'blob_missing', details: { key } });
  });

  it('references that are too large together are refused', async () => {
    const many = Array.from({ length: 40 }, () => ({ $blob: { key: blob.key } }));
    expect((await run(noop, many)).outcome.error).toMatchObject({ code: 'input_too_large' });
    expect(await readdir(join(folder, '.incoming'))).toEqual([]);
  }, 40_000);
});
