import { createTestDatabase, RUN_SOURCES, type TestDatabase } from '@flows/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startOtlpSink, type OtlpSink } from '../test/otlp-sink.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const program = fileURLToPath(new URL('../test/traced-program.ts', import.meta.url));

let sink: OtlpSink;
let database: TestDatabase;
beforeAll(async () => {
  [sink, database] = await Promise.all([startOtlpSink(), createTestDatabase({ label: 'telemetry' })]);
});
afterAll(() => Promise.all([sink.close(), database.close()]));

async function run(env: Record<string, string>): Promise<{ seen: string; stderr: string }> {
  const argv = [...RUN_SOURCES, '--import', '@flows/telemetry/register', program, database.url, TRACEPARENT];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { env });
  return { ...(JSON.parse(stdout) as { seen: string }), stderr };
}

describe('@flows/telemetry/register', () => {
  it('exports one trace over the HTTP client, the HTTP server and PostgreSQL, each the child of the one before', async () => {
    const { seen, stderr } = await run({
      OTEL_SERVICE_NAME: 'traced',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'none',
    });
    expect(stderr).toBe('');
    expect(seen).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`));
    const byParent = new Map(sink.spans.map((span) => [span.parentSpanId, span]));
    const client = byParent.get('b7ad6b7169203331');
    const server = byParent.get(client?.spanId);
    const query = byParent.get(server?.spanId);
    expect([client, server, query]).toMatchObject([
      { name: 'GET', kind: 3, traceId: TRACE_ID, service: 'traced' },
      { name: 'GET', kind: 2, traceId: TRACE_ID },
      { name: expect.stringContaining('SELECT'), kind: 3, traceId: TRACE_ID },
    ]);
    // The probe left nothing.
    expect(sink.spans).toHaveLength(3);
  });

  it('exports nothing where no exporter is set, and loads no SDK', async () => {
    const before = sink.spans.length;
    const { stderr } = await run({ OTEL_SERVICE_NAME: 'traced' });
    expect(stderr).toBe('');
    expect(sink.spans).toHaveLength(before);
  });
});
