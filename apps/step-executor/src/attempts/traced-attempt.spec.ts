import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StepRunCommand } from '@flows/contracts';
import { installPropagation } from '@flows/telemetry';
import { context, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { failedWith } from './attempt-result.js';
import { inAttemptSpan, type AttemptTrace } from './traced-attempt.js';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const command = {
  run_id: 'r',
  step_id: 's',
  attempt: 2,
  workspace_id: 'w',
  work: { kind: 'agent', agent: 'scorer' },
} as StepRunCommand;
const result = failedWith({ code: 'rate_limited', message: '', class: 'rate_limited', origin: 'provider' });
const traceOf = async (traceparent: string | undefined): Promise<AttemptTrace> => {
  let seen: AttemptTrace | undefined;
  await inAttemptSpan(command, traceparent, async (now) => {
    seen = now;
    return result;
  });
  return seen as AttemptTrace;
};

beforeAll(installPropagation);
afterAll(() => {
  trace.disable();
  context.disable();
});

describe('inAttemptSpan', () => {
  it('without an SDK hands the trace of the command on', async () => {
    expect(await traceOf(PARENT)).toEqual({ current: PARENT, outgoing: PARENT });
    expect(await traceOf(undefined)).toEqual({ current: undefined, outgoing: undefined });
  });

  it('with an SDK makes a child span, and leaves the outgoing header to the instrumentation', async () => {
    const exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
    const { current, outgoing } = await traceOf(PARENT);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      name: 'step agent',
      parentSpanContext: { spanId: 'b7ad6b7169203331' },
      attributes: {
        'flows.step_id': 's',
        'flows.attempt': 2,
        'gen_ai.agent.name': 'scorer',
        'flows.outcome': 'failed',
        'error.type': 'rate_limited',
      },
    });
    expect(current).toBe(`00-0af7651916cd43dd8448eb211c80319c-${span!.spanContext().spanId}-01`);
    expect(outgoing).toBeUndefined();
  });
});
