import type { FactData, JsonValue, RunFact, RunStatus } from '@flows/contracts';
import { eventKey, type KeptEvent, type RunState } from '../state/run-state.js';
import type { StepLife } from '../state/step-state.js';
import { inputHash } from '../state/input-hash.js';
import { inherit } from './child-runs.js';
import { eventOf } from './event-of.js';
import { cancelOpenSteps, settleStatus } from './set-step.js';

type RunLevelFact = Extract<RunFact, { step_id: undefined }>;

export function applyRunFact(draft: RunState, fact: RunLevelFact): void {
  switch (fact.type) {
    case 'run.started':
      draft.startedAt ??= fact.at;
      draft.begun = true;
      draft.waitingSince = null;
      draft.status = 'running';
      return;
    case 'run.input_held':
      draft.held = [...draft.held, fact.data.input];
      return;
    case 'run.event_kept':
      draft.mailbox = [...draft.mailbox, { event: fact.data.event, stepId: fact.data.step_id, at: fact.at }];
      return;
    case 'run.paused':
      controlled(draft, fact.data);
      draft.wasPaused = true;
      draft.status = 'paused';
      draft.waitingSince = null;
      return;
    case 'run.resumed':
      controlled(draft, fact.data);
      draft.held = [];
      if (draft.begun) draft.status = 'running';
      else queueAgain(draft);
      return settleStatus(draft);
    case 'run.cancelling':
      controlled(draft, fact.data);
      cancelOpenSteps(draft);
      draft.status = 'running';
      draft.waitingSince = null;
      draft.held = [];
      draft.stoppedAt = fact.at;
      draft.cancelling = {
        actor: fact.data.actor,
        at: fact.at,
        children: fact.data.children,
        ...(fact.data.reason === undefined ? {} : { reason: fact.data.reason }),
      };
      return;
    case 'run.retried':
      controlled(draft, fact.data);
      return retry(draft, fact.data);
    case 'run.completed':
      draft.output = fact.data.output;
      return end(draft, 'completed', fact.at);
    case 'run.failed':
      draft.error = fact.data.error;
      return end(draft, 'failed', fact.at);
    case 'run.timed_out':
      draft.error = fact.data.error;
      return end(draft, 'timed_out', fact.at);
    case 'run.cancelled':
      controlled(draft, fact.data);
      draft.error = fact.data.error;
      return end(draft, 'cancelled', fact.at);
  }
}

/** So many are remembered: far more than can be on their way at once. */
const REMEMBERED_CONTROLS = 100;

function controlled(draft: RunState, { control_id: id }: { control_id?: string }): void {
  if (id !== undefined) draft.controls = [...draft.controls, id].slice(-REMEMBERED_CONTROLS);
}

/** The end of the run is the end of everything open in it. */
function end(draft: RunState, status: RunStatus, at: number): void {
  draft.status = status;
  draft.endedAt = at;
  if (status !== 'completed') draft.stoppedAt = at;
  draft.waitingSince = null;
  draft.held = [];
  cancelOpenSteps(draft);
}

/** An ended run queues anew. What is reset has not begun, and remembers its attempts, its keys and its children. */
function retry(draft: RunState, data: FactData['run.retried']): void {
  queueAgain(draft);
  draft.endedAt = null;
  draft.error = null;
  draft.output = null;
  draft.cancelling = null;
  draft.expiresAt = Date.parse(data.expires_at);
  for (const id of data.reset) {
    const step = draft.steps.get(id);
    const before = draft.lives.get(id);
    draft.steps.delete(id);
    if (step === undefined) continue;
    draft.lives.set(id, {
      ended: (before?.ended ?? 0) + 1,
      attempt: Math.max(step.attempt, step.scheduled?.attempt ?? 0, before?.attempt ?? 0),
      keys: keysOf(step.scheduled, before),
      children: inherit(step.children, before?.children ?? null),
      correctedInput: before?.correctedInput ?? null,
    });
    giveBack(draft, id, step.output);
  }
  const [corrected] = data.from;
  if (data.input !== undefined && corrected !== undefined)
    draft.lives.set(corrected, { ...(draft.lives.get(corrected) ?? NO_LIFE), correctedInput: { value: data.input } });
  draft.liveEdges = new Set(data.live_edges);
  draft.viaFallback = [...draft.steps.values()].some((step) => step.status === 'failed');
}

/** The event that ended a wait counts for it again: it will not be sent a second time. */
function giveBack(draft: RunState, stepId: string, output: JsonValue): void {
  const event = eventOf(output);
  const used = event === null ? undefined : draft.usedEvents.get(eventKey(event));
  if (event === null || used === undefined) return;
  const kept: KeptEvent = { event, stepId, at: used.at, again: true };
  const others = draft.mailbox.filter((other) => other.stepId !== stepId || eventKey(other.event) !== eventKey(event));
  draft.mailbox = [...others, kept];
}

const NO_LIFE: StepLife = { ended: 0, attempt: 0, keys: [], children: null, correctedInput: null };

function keysOf(scheduled: { idempotency_key: string; input: JsonValue } | null, before: StepLife | undefined): StepLife['keys'] {
  const keys = before?.keys ?? [];
  if (scheduled === null || keys.some(({ value }) => value === scheduled.idempotency_key)) return keys;
  return [...keys, { value: scheduled.idempotency_key, inputHash: inputHash(scheduled.input) }];
}

/** Waits for its place: nothing else of it is open. */
function queueAgain(draft: RunState): void {
  draft.status = 'queued';
  draft.begun = false;
  draft.waitingSince = draft.updatedAt;
}
