import { canonicalJson, type JsonValue, type RunTrigger } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';

/** The queue of a workflow's runs that share a limit: at most `limit` of them between their admission and their end, waits included. */
export interface Lane {
  /** `<workflow id>`, or `<workflow id>:<key>` where the workflow's concurrency has a key. */
  readonly name: string;
  readonly limit: number;
}
export type LaneResult = { ok: true; lane: Lane | null } | { ok: false; code: 'concurrency_key_failed'; message: string };

/** What is kept of a version to find the lanes of its runs. */
export type LaneTerms = Pick<FlowPlan, 'concurrency' | 'inputs'>;

/** A name goes into indexes, whose entries are bounded. */
export const MAX_KEY_CHARACTERS = 500;

/**
 * The lane of a new run; null where its workflow does not limit its concurrency. Runs whose key is null share the lane of the empty
 * key; a key that cannot be evaluated is a refusal. Pure and total.
 */
export function laneOf(
  { concurrency, inputs }: LaneTerms,
  { workflowId, payload, trigger }: { workflowId: string; payload: JsonValue; trigger: RunTrigger },
): LaneResult {
  if (concurrency === null) return { ok: true, lane: null };
  const { limit, key } = concurrency;
  if (key === null) return { ok: true, lane: { name: workflowId, limit } };
  const result = key.resolve({ payload, inputs, trigger: trigger as unknown as JsonValue });
  if (!result.ok) return refuse(`The key of the workflow's concurrency failed: ${result.message}`);
  const text = typeof result.value === 'string' ? result.value : canonicalJson(result.value);
  if (text.length > MAX_KEY_CHARACTERS)
    return refuse(`The key of the workflow's concurrency has ${text.length} characters, at most ${MAX_KEY_CHARACTERS} are taken`);
  if (text.includes('\0')) return refuse("The key of the workflow's concurrency has a NUL character, which cannot be stored");
  return { ok: true, lane: { name: `${workflowId}:${text}`, limit } };
}

/** The key that is part of a lane's name; null where the workflow's concurrency has none. */
export function keyOfLane(name: string): string | null {
  const colon = name.indexOf(':');
  return colon < 0 ? null : name.slice(colon + 1);
}

function refuse(message: string): LaneResult {
  return { ok: false, code: 'concurrency_key_failed', message };
}
