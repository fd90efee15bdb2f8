import type { PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { chooseEdges } from '../advance/choose-edges.js';
import { completeStep, expressionError, failStep, skipByCondition } from '../advance/settle-step.js';
import { beginApproval, holdInput } from './begin-approval.js';
import { beginFlow } from './begin-flow.js';
import { beginForeach } from './begin-foreach.js';
import { beginWait } from './begin-wait.js';
import { mappedInput } from './mapped-input.js';
import { scheduleFirst } from './schedule-attempt.js';

/** A step whose time has come: it is passed over, settles at once, parks, is given to an executor, or begins child runs. */
export function beginStep(draft: Draft, step: PlannedStep): void {
  if (step.when !== null) {
    const wanted = step.when.test(draft.expressions());
    if (!wanted.ok) return failStep(draft, step, 0, expressionError('`when` cannot be evaluated', wanted));
    if (!wanted.value) return skipByCondition(draft, step);
  }
  switch (step.type) {
    case 'agent':
    case 'connector':
    case 'http':
    case 'code':
      return work(draft, step);
    case 'branch':
      return branch(draft, step);
    case 'transform': {
      const output = step.mapping?.resolve(draft.expressions()) ?? { ok: true, value: null };
      if (!output.ok) return failStep(draft, step, 0, expressionError('The output cannot be computed', output));
      return completeStep(draft, step, output.value);
    }
    case 'wait':
      return beginWait(draft, step);
    case 'approval':
      return beginApproval(draft, step);
    case 'foreach':
      return beginForeach(draft, step);
    case 'flow':
      return beginFlow(draft, step);
  }
}

function work(draft: Draft, step: PlannedStep): void {
  const input = mappedInput(draft, step);
  if (!input.ok) return failStep(draft, step, 0, expressionError('The input cannot be mapped', input));
  // What an agent does can be looked at afterwards; what a connector does cannot be taken back.
  if (step.approval !== null && step.type === 'connector') return holdInput(draft, step, step.approval, input.value);
  scheduleFirst(draft, step, input.value);
}

/** A branch chooses before it is completed, so that its output can say where it went. */
function branch(draft: Draft, step: PlannedStep): void {
  const edges = chooseEdges(step, draft.expressionsWith(step.id, null, 'completed', null));
  if (!edges.ok) return failStep(draft, step, 0, edges.error);
  const taken = edges.live.map((index) => draft.plan.edges[index]?.to ?? '');
  draft.record('step.completed', step.id, { output: { taken }, live_edges: edges.live });
}
