import { parseDurationMs, type RetryPolicyDefinition, type StepDefinition, type StepType, type WaitStep } from '@flows/contracts';
import type { PlannedApproval, PlannedWait, RetryPolicy } from '../plan/flow-plan.js';
import type { DraftStep } from './draft-graph.js';

/** What a step's definition says about time, attempts and decisions, with the defaults filled in. For sound definitions only. */
const DEFAULT_RETRY = { max_attempts: 3, initial_interval: '1s', backoff: 2, max_interval: '1m', jitter: true } as const;
/** Of one attempt, by type; types that are missing have no attempts of an executor, so nothing that could time out. */
const DEFAULT_TIMEOUT_MS: Partial<Record<StepType, number>> = {
  agent: 2 * 60_000,
  connector: 2 * 60_000,
  http: 2 * 60_000,
  code: 10_000,
};

export function planTimeoutMs(definition: StepDefinition): number {
  const otherwise = DEFAULT_TIMEOUT_MS[definition.type];
  if (otherwise === undefined) return 0;
  return durationMs('timeout' in definition ? definition.timeout : undefined, otherwise);
}

export function planRetry(given: RetryPolicyDefinition | undefined): RetryPolicy {
  const retry = { ...DEFAULT_RETRY, ...given };
  return {
    maxAttempts: retry.max_attempts,
    initialIntervalMs: durationMs(retry.initial_interval, 0),
    backoff: retry.backoff,
    maxIntervalMs: durationMs(retry.max_interval, 0),
    jitter: retry.jitter,
    nonRetryable: given?.non_retryable ?? [],
    maxElapsedMs: durationMs(given?.max_elapsed, null),
  };
}

export function planWait(definition: WaitStep, { until, match }: DraftStep): PlannedWait {
  const { event, timezone } = definition;
  if (until !== null) return { kind: 'until', at: until, timezone: timezone ?? 'UTC' };
  if (event === undefined) return { kind: 'for', ms: durationMs(definition.for, 0) };
  return {
    kind: 'event',
    eventType: event.type,
    match: match?.condition ?? null,
    correlation: match?.correlation ?? null,
    timeoutMs: durationMs(event.timeout, null),
    since: planSince(event.since ?? 'run'),
  };
}

function planSince(since: string): Extract<PlannedWait, { kind: 'event' }>['since'] {
  return since === 'run' || since === 'step' ? { kind: since } : { kind: 'back', ms: durationMs(since, 0) };
}

/** Of an approval step, or of the second stage of another; null when nobody has to decide. */
export function planApproval(definition: StepDefinition): PlannedApproval | null {
  if (definition.type === 'approval') return policyOf(definition);
  if (definition.type !== 'agent' && definition.type !== 'connector') return null;
  const { approval } = definition;
  if (approval === undefined || approval === false) return null;
  return policyOf(approval === true ? {} : approval);
}

interface ApprovalPolicyDefinition {
  assignees?: string[];
  due?: string;
  on_due?: PlannedApproval['onDue'];
}

function policyOf({ assignees, due, on_due: onDue }: ApprovalPolicyDefinition): PlannedApproval {
  return { assignees: assignees ?? [], dueMs: durationMs(due, null), onDue: onDue ?? 'reject' };
}

/** `otherwise` for a duration that is not given. */
export function durationMs<Otherwise extends number | null>(text: string | undefined, otherwise: Otherwise): number | Otherwise {
  return text === undefined ? otherwise : (parseDurationMs(text) ?? otherwise);
}
