import type {
  FlowError,
  HeldInput,
  JsonValue,
  ReceivedEvent,
  RunParent,
  RunStatus,
  RunTrigger,
  StepCost,
  WaitingFor,
} from '@flows/contracts';
import type { RunScope } from './run-scope.js';
import { isSettled, type StepLife, type StepState } from './step-state.js';

/**
 * A run as its facts make it. Readers never write it: `evolve` returns a new one, `decide` works on a copy of its own.
 *
 *   queued ──run.started──► running ⇄ waiting ──► completed | failed | timed_out | cancelled
 *     ▲╰──────── run.paused ─► paused ─ run.resumed ─╯              │ (not completed)
 *     ╰──────────────────────── run.retried ────────────────────────╯
 */
export interface RunState extends RunIdentity {
  /** Number of the last fact; 0 before the first. */
  seq: number;
  status: RunStatus;
  /** Time of the last fact: facts never go back in time, whatever clocks say. */
  updatedAt: number;
  /** When it began first. */
  startedAt: number | null;
  /** Has begun, and not been queued anew by a retry since. */
  begun: boolean;
  endedAt: number | null;
  /** When the run times out, where that was put off; else null, and its row knows. */
  expiresAt: number | null;
  /** Steps that have begun or been skipped, by step id, in the order of their beginning. */
  steps: Map<string, StepState>;
  /** What earlier lives of a step leave to its next one, by step id. */
  lives: Map<string, StepLife>;
  /** Edges that were taken (indices of the plan). An edge of a settled step that is not here is dead. */
  liveEdges: Set<number>;
  /** Steps at work: at an executor, between two attempts, or with child runs under way. */
  inFlight: number;
  /** Steps that wait for something outside. */
  parked: number;
  waitingSince: number | null;
  /** When it ended last without being completed, or its cancellation began: attempts that were scheduled before are to stop, also once it is retried. */
  stoppedAt: number | null;
  /** The cleanup branch runs, and then the run is cancelled. */
  cancelling: {
    readonly actor: string;
    readonly reason?: string;
    readonly at: number;
    readonly children: readonly string[];
  } | null;
  /** What takes effect when a paused run resumes, in order. */
  held: readonly HeldInput[];
  /** Events for waits to come. */
  mailbox: readonly KeptEvent[];
  /** Events that ended a wait, by `eventKey`, with the number and the time of the fact: for waits that begin later they do not count again. */
  usedEvents: Map<string, { readonly seq: number; readonly at: number }>;
  /** Ids of the control inputs that took effect, the last ones: a redelivered one must not undo what followed it. */
  controls: readonly string[];
  /** Was paused at some time, so that a child may have missed its resumption. */
  wasPaused: boolean;
  output: JsonValue;
  error: (FlowError & { step_id?: string; attempt?: number }) | null;
  viaFallback: boolean;
  cost: StepCost | null;
}

export interface KeptEvent {
  readonly event: ReceivedEvent;
  /** The one wait that it was sent for; undefined for a signal to the run. */
  readonly stepId: string | undefined;
  readonly at: number;
  /** It ended an earlier life of the step, which a retry has undone: for that step it counts again. */
  readonly again?: true;
}

/** What the queued row knows: enough to begin. */
export interface RunIdentity {
  readonly runId: string;
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly version: number;
  /** Of an item run: the item. */
  readonly payload: JsonValue;
  readonly trigger: RunTrigger;
  readonly createdAt: number;
  readonly parent: RunParent | null;
  /** Of an item run, else null. */
  readonly scope: RunScope | null;
}

export function initialState(identity: Omit<RunIdentity, 'parent' | 'scope'> & Partial<RunIdentity>): RunState {
  return {
    ...identity,
    parent: identity.parent ?? null,
    scope: identity.scope ?? null,
    seq: 0,
    status: 'queued',
    updatedAt: identity.createdAt,
    startedAt: null,
    begun: false,
    endedAt: null,
    expiresAt: null,
    steps: new Map(),
    lives: new Map(),
    liveEdges: new Set(),
    inFlight: 0,
    parked: 0,
    waitingSince: null,
    stoppedAt: null,
    cancelling: null,
    held: [],
    mailbox: [],
    usedEvents: new Map(),
    controls: [],
    wasPaused: false,
    output: null,
    error: null,
    viaFallback: false,
    cost: null,
  };
}

/** A copy whose containers may be written; what they contain is never written in place. */
export function copyState(state: RunState): RunState {
  return {
    ...state,
    steps: new Map(state.steps),
    liveEdges: new Set(state.liveEdges),
    lives: state.lives.size === 0 ? new Map<string, StepLife>() : new Map(state.lives),
    usedEvents: state.usedEvents.size === 0 ? new Map<string, { seq: number; at: number }>() : new Map(state.usedEvents),
  };
}

export function isTerminal(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'timed_out';
}

/** What needs a person or an event comes before what passes by itself. */
const WAITS_BY_WEIGHT = ['approval', 'reauth', 'event', 'capacity', 'timer'] as const satisfies WaitingFor[];

/** What the run waits for when nothing of it is at work, else null. Of several waits the one that most needs somebody. */
export function waitingFor(state: RunState): WaitingFor | null {
  // Not its first time: whoever admits runs has to admit it again.
  if (state.status === 'queued' && state.seq > 0) return 'capacity';
  if (state.status !== 'waiting') return null;
  const waits = new Set<string>();
  for (const step of state.steps.values()) if (step.wait !== null) waits.add(step.wait.for);
  return WAITS_BY_WEIGHT.find((wait) => waits.has(wait)) ?? null;
}

/** Steps that are settled, for progress. */
export function settledSteps(state: RunState): number {
  let settled = 0;
  for (const step of state.steps.values()) if (isSettled(step.status)) settled += 1;
  return settled;
}

/** Child runs that are under way and end with this run: all, or only the items of foreach steps. */
export function openChildren(state: RunState, kind: 'all' | 'item' = 'all'): string[] {
  const open: string[] = [];
  for (const step of state.steps.values()) {
    if (step.children === null || (kind === 'item' && step.children.kind !== 'item')) continue;
    open.push(...step.children.open.keys());
  }
  return open;
}

/** Timers that are armed, by id. */
export function openTimers(state: RunState): Set<string> {
  const timers = new Set<string>();
  for (const step of state.steps.values()) if (step.timer !== null) timers.add(step.timer.id);
  return timers;
}

export function eventKey(event: { source: string; id: string }): string {
  return `${event.source}\n${event.id}`;
}
