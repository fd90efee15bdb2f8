import type { StepRunCommand } from '@flows/contracts';
import { activeTraceparent, withSpan } from '@flows/telemetry';
import { SpanKind, trace, type Span } from '@opentelemetry/api';
import type { AttemptResult } from './attempt-result.js';

const tracer = trace.getTracer('@flows/step-executor');

export interface AttemptTrace {
  /** Of the attempt, for its report. */
  current: string | undefined;
  /** For outgoing calls; undefined where instrumentation adds it by itself. */
  outgoing: string | undefined;
}

/** Runs an attempt in its span, a child of the trace that its command came with. */
export function inAttemptSpan(
  command: StepRunCommand,
  traceparent: string | undefined,
  run: (trace: AttemptTrace) => Promise<AttemptResult>,
): Promise<AttemptResult> {
  return withSpan(
    tracer,
    `step ${command.work.kind}`,
    { kind: SpanKind.CONSUMER, parent: traceparent ?? null, attributes: attributesOf(command) },
    async (span) => {
      const current = activeTraceparent() ?? traceparent;
      // Another span id than the parent's: an SDK made it, whose instrumentation of HTTP writes the header.
      const result = await run({ current, outgoing: current === traceparent ? traceparent : undefined });
      noteOutcome(span, result);
      return result;
    },
  );
}

function attributesOf({ run_id, step_id, attempt, workspace_id, work }: StepRunCommand): Record<string, string | number> {
  return {
    'flows.run_id': run_id,
    'flows.step_id': step_id,
    'flows.attempt': attempt,
    'flows.workspace_id': workspace_id,
    ...(work.kind === 'agent' ? { 'gen_ai.agent.name': work.agent } : {}),
    ...(work.kind === 'connector' ? { 'flows.connection': work.connection, 'flows.action': work.action } : {}),
  };
}

function noteOutcome(span: Span, result: AttemptResult): void {
  if (!span.isRecording()) return;
  span.setAttribute('flows.outcome', result.kind === 'ended' ? result.outcome.status : result.kind);
  if (result.kind === 'ended' && result.outcome.status === 'failed') span.setAttribute('error.type', result.outcome.error.code);
}
