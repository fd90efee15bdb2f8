import { parseDurationMs, type JsonValue } from '@flows/contracts';

export interface RateLimit {
  limit: number;
  /** As the user wrote it: "1s". */
  per: string;
  perMs: number;
}

/** A connection that is about to be called, and what limits that. */
export interface ConnectionUse {
  readonly workspaceId: string;
  readonly id: string;
  readonly name: string;
  /** As the row stood when it was read: what is concluded from a call holds for that state of it only. */
  readonly updatedAt: string;
  readonly rate: RateLimit | null;
  /** Attempts under way at a time, over all executors. */
  readonly concurrency: number | null;
  /** The provider asked for a pause that is not over. */
  readonly paused: boolean;
}

/** Null where there is none. @returns undefined for what is no rate limit. */
export function readRateLimit(value: JsonValue | undefined): RateLimit | null | undefined {
  if (value === null || value === undefined) return null;
  const { limit, per } = value as { limit?: unknown; per?: unknown };
  const perMs = typeof per === 'string' ? parseDurationMs(per) : null;
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 1 || perMs === null || perMs < 1) return undefined;
  return { limit, per: per as string, perMs };
}
