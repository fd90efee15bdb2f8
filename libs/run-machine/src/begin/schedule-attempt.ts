import { deriveId, toTypeId, type JsonValue, type StepPool, type StepWork } from '@flows/contracts';
import type { PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { inputHash } from '../state/input-hash.js';

/** The first attempt of a step in this life of it. */
export function scheduleFirst(draft: Draft, step: PlannedStep, input: JsonValue): void {
  const { state } = draft;
  const { pool, work } = workOf(step);
  const stepRunId = stepRunIdOf(draft, step.id);
  const attempt = (state.lives.get(step.id)?.attempt ?? 0) + 1;
  draft.record('step.scheduled', step.id, {
    attempt,
    attempt_id: `${stepRunId}:${attempt}`,
    step_run_id: stepRunId,
    idempotency_key: keyFor(draft, step.id, stepRunId, input),
    pool,
    work,
    input,
    timeout_ms: step.timeoutMs,
    causation_depth: state.trigger.causation_depth ?? 0,
  });
}

/** The next attempt of a step, with the same input under the same key. */
export function scheduleNext(draft: Draft, stepId: string): void {
  const step = draft.state.steps.get(stepId);
  if (step?.scheduled == null) return;
  const { at: _at, ...scheduled } = step.scheduled;
  const attempt = step.attempt + 1;
  draft.record('step.scheduled', stepId, { ...scheduled, attempt, attempt_id: `${scheduled.step_run_id}:${attempt}` });
}

export function stepRunIdOf(draft: Draft, stepId: string): string {
  return toTypeId('srun', deriveId(draft.state.runId, stepId));
}

/**
 * INVARIANT: constant over attempts, redeliveries and lives of the step as long as its input is the same, so that a provider is
 * never given one key with two inputs, nor two keys for one effect.
 */
function keyFor(draft: Draft, stepId: string, stepRunId: string, input: JsonValue): string {
  const keys = draft.state.lives.get(stepId)?.keys ?? [];
  if (keys.length === 0) return stepRunId;
  const hash = inputHash(input);
  return keys.find((key) => key.inputHash === hash)?.value ?? `${stepRunId}~${keys.length + 1}`;
}

function workOf({ definition }: PlannedStep): { pool: StepPool; work: StepWork } {
  switch (definition.type) {
    case 'agent':
      return { pool: 'agent', work: { kind: 'agent', agent: definition.agent } };
    case 'connector':
      return { pool: 'connector', work: { kind: 'connector', connection: definition.connection, action: definition.action } };
    case 'code':
      return { pool: 'connector', work: { kind: 'code', source: definition.source } };
    case 'http':
      return {
        pool: 'connector',
        work: {
          kind: 'http',
          method: definition.method ?? 'GET',
          expect: definition.expect ?? ['2xx'],
          follow_redirects: definition.follow_redirects ?? false,
          idempotency_header: definition.idempotency_header === undefined ? 'Idempotency-Key' : definition.idempotency_header,
        },
      };
    default:
      // A plan gives no other step to an executor.
      throw new Error(`A step of type ${definition.type} is no work for an executor`);
  }
}
