import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { installPropagation } from '../propagation.js';
import { activeTraceparent, newTraceparent, traceIdOf } from './traceparent.js';
import { withRemoteParent, withSpan } from './with-span.js';

const REMOTE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OTHER = '00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01';

beforeAll(installPropagation);
afterAll(() => context.disable());

describe('without an SDK', () => {
  const tracer = trace.getTracer('none');

  it('the trace of the parent passes through, unchanged', async () => {
    const seen = await withSpan(tracer, 'x', { parent: REMOTE }, async () => {
      await Promise.resolve();
      return activeTraceparent();
    });
    expect(seen).toBe(REMOTE);
  });

  it('there is no trace where none came in', () => {
    expect(activeTraceparent()).toBeUndefined();
    expect(withSpan(tracer, 'x', {}, activeTraceparent)).toBeUndefined();
  });
});

describe('withSpan', () => {
  const exporter = new InMemorySpanExporter();
  const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test');
  beforeEach(() => exporter.reset());

  it('makes a child of the given parent, with links, and ends with the work', async () => {
    const inside = await withSpan(
      tracer,
      'process batch',
      { parent: REMOTE, kind: SpanKind.CONSUMER, attributes: { n: 2 }, links: [OTHER, null, 'junk'] },
      async () => {
        await Promise.resolve();
        return activeTraceparent();
      },
    );
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: 'process batch', kind: SpanKind.CONSUMER, attributes: { n: 2 } });
    expect(span?.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331' });
    expect(span?.links.map((link) => link.context.traceId)).toEqual(['1af7651916cd43dd8448eb211c80319c']);
    expect(traceIdOf(inside)).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(inside).not.toBe(REMOTE);
  });

  it('takes the span at hand as parent, and a new trace for a parent of null', () => {
    withSpan(tracer, 'outer', { parent: REMOTE }, () => {
      withSpan(tracer, 'inner', {}, () => undefined);
      withSpan(tracer, 'apart', { parent: null }, () => undefined);
    });
    const spans = new Map(exporter.getFinishedSpans().map((span) => [span.name, span.spanContext().traceId]));
    expect(spans.get('inner')).toBe(spans.get('outer'));
    expect(spans.get('apart')).not.toBe(spans.get('outer'));
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('records the error of work that %s and passes it on', async (_, work) => {
    await expect(async () => withSpan(tracer, 'x', {}, work)).rejects.toThrow('no');
    expect(exporter.getFinishedSpans()).toMatchObject([
      { status: { code: SpanStatusCode.ERROR, message: 'no' }, events: [{ name: 'exception' }] },
    ]);
  });
});

describe('withRemoteParent', () => {
  it('sets the trace for what runs inside, and only there', async () => {
    const fresh = newTraceparent();
    await expect(withRemoteParent(fresh, async () => activeTraceparent())).resolves.toBe(fresh);
    expect(activeTraceparent()).toBeUndefined();
  });

  it('leaves the trace at hand where the given one is invalid', () => {
    withRemoteParent(REMOTE, () => expect(withRemoteParent('junk', activeTraceparent)).toBeUndefined());
  });
});
