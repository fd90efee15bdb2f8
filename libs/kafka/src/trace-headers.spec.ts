import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { extractTrace, injectTrace } from './trace-headers.js';

const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const active = trace.setSpanContext(ROOT_CONTEXT, spanContext);
const traceparent = `00-${spanContext.traceId}-${spanContext.spanId}-01`;

describe('trace headers', () => {
  const sdk = new NodeSDK({ autoDetectResources: false, spanProcessors: [], logRecordProcessors: [], metricReaders: [] });
  beforeAll(() => sdk.start());
  afterAll(() => sdk.shutdown());

  it('carries the active span out and back in', () => {
    const headers = context.with(active, () => injectTrace({ ce_id: '1' }));
    expect(headers).toEqual({ ce_id: '1', traceparent });
    expect(trace.getSpanContext(extractTrace(headers))).toMatchObject({ ...spanContext, isRemote: true });
  });

  it('does not inherit the span that happens to be active at the receiver', () => {
    context.with(active, () => expect(trace.getSpanContext(extractTrace({}))).toBeUndefined());
  });
});
