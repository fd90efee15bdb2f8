import { deriveId, toTypeId } from '@flows/contracts';
import type { StepPool, StepWork } from '@flows/contracts';
import type { PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { chooseEdges } from './choose-edges.js';
import { completeStep, expressionError, failStep, skipByCondition } from './settle-step.js';

/** A step whose time has come: it is passed over, settles at once, parks, or is given to an executor. */
export function beginStep(draft: Draft, step: PlannedStep): void {
  if (step.when !== null) {
    const wanted = step.when.test(draft.expressions());
    if (!wanted.ok) return failStep(draft, step, 0, expressionError('`when` cannot be evaluated', wanted), {});
    if (!wanted.value) return skipByCondition(draft, step);
  }
  const { definition } = step;
  switch (definition.type) {
    case 'agent':
      return schedule(draft, step, 'agent', { kind: 'agent', agent: definition.agent });
    case 'connector':
      return schedule(draft, step, 'connector', {
        kind: 'connector',
        connection: definition.connection,
        action: definition.action,
      });
    case 'http':
      return schedule(draft, step, 'connector', {
        kind: 'http',
        method: definition.method ?? 'GET',
        expect: definition.expect ?? ['2xx'],
        follow_redirects: definition.follow_redirects ?? false,
        idempotency_header: definition.idempotency_header === undefined ? 'Idempotency-Key' : definition.idempotency_header,
      });
    case 'branch':
      return branch(draft, step);
    case 'transform': {
      const output = step.mapping?.resolve(draft.expressions()) ?? { ok: true, value: null };
      if (!output.ok) return failStep(draft, step, 0, expressionError('The output cannot be computed', output), {});
      return completeStep(draft, step, output.value, {});
    }
    case 'wait':
      return draft.record('step.waiting', step.id, {
        timer_id: `wait:${step.id}`,
        due_at: new Date(draft.at + step.waitMs).toISOString(),
      });
  }
}

function schedule(draft: Draft, step: PlannedStep, pool: StepPool, work: StepWork): void {
  const input = step.mapping?.resolve(draft.expressions()) ?? { ok: true, value: null };
  if (!input.ok) return failStep(draft, step, 0, expressionError('The input cannot be mapped', input), {});
  const stepRunId = toTypeId('srun', deriveId(draft.state.runId, step.id));
  draft.record('step.scheduled', step.id, {
    attempt: 1,
    attempt_id: `${stepRunId}:1`,
    step_run_id: stepRunId,
    idempotency_key: stepRunId,
    pool,
    work,
    input: input.value,
    timeout_ms: step.timeoutMs,
    causation_depth: draft.state.trigger.causation_depth ?? 0,
  });
}

/** A branch chooses before it is completed, so that its output can say where it went. */
function branch(draft: Draft, step: PlannedStep): void {
  const edges = chooseEdges(step, draft.expressionsWith(step.id, null, 'completed', null));
  if (!edges.ok) return failStep(draft, step, 0, edges.error, {});
  const taken = edges.live.map((index) => draft.plan.edges[index]?.to ?? '');
  draft.record('step.completed', step.id, { output: { taken }, live_edges: edges.live });
}
