import { hash } from 'node:crypto';
import { canonicalJson, hash32, writesUnstorable, type JsonValue, type ReceivedEvent } from '@flows/contracts';

/**
 * How an event and a wait are compared before anybody evaluates the wait's `match`: by the event's value at one path.
 *
 * INVARIANT: whatever is left out here can only make more events be tried, never fewer: the run decides by `match`.
 */

/** Paths and values are parts of an index entry, which PostgreSQL bounds to 2,704 bytes. In UTF-16 units, of up to 3 bytes each. */
const MAX_PATH_LENGTH = 256;
const MAX_VALUE_LENGTH = 256;
/** An event with more texts and numbers is found by its type only. */
const MAX_KEYS = 256;
const KEY_SEED = 7;

/** The correlation of a wait as it is stored; null: every event of the type is tried. */
export interface EventKey {
  readonly path: readonly string[];
  /** Canonical JSON. */
  readonly value: string;
}

/** Null where a wait has no correlation, or one by a path that no index takes. */
export function usableKey(path: readonly string[] | null, value: string | null): EventKey | null {
  if (path === null || value === null || JSON.stringify(path).length > MAX_PATH_LENGTH) return null;
  if (path.some((part) => part.includes('\0') || !part.isWellFormed())) return null;
  return { path, value };
}

/** A value that is never the value of an event: events with such texts are refused. */
export const isImpossible = ({ value }: EventKey): boolean => writesUnstorable(value);

/** The text that is compared: the canonical JSON, or its hash. No JSON begins as the hash does. */
export function comparedValue(canonical: string): string {
  return canonical.length <= MAX_VALUE_LENGTH ? canonical : `sha256:${hash('sha256', canonical)}`;
}

/** The event's value at a path, as canonical JSON; null where it has none. Items of lists count by their place. */
export function keyValueOf(event: ReceivedEvent, path: readonly string[]): string | null {
  let value: unknown = event;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return null;
    value = (value as Record<string, unknown>)[part];
  }
  return value === undefined ? null : canonicalJson(value);
}

/** Hashes under which a kept event is found: of its subject and of every text and number of its data. Null when there are too many. */
export function searchKeysOf(workspaceId: string, event: ReceivedEvent): number[] | null {
  const keys = new Set<number>();
  const root = hash32(workspaceId, KEY_SEED);
  if (event.subject !== undefined) keys.add(keyAt(hash32('subject', root), JSON.stringify(event.subject)));
  return collect(event.data, hash32('data', root), keys) ? [...keys] : null;
}

/** The hash that finds the events with this key, or null where only a scan over the type does: a boolean, a list, an attribute. */
export function searchKeyOf(workspaceId: string, { path, value }: EventKey): number | null {
  const keyed = path[0] === 'data' || (path.length === 1 && path[0] === 'subject');
  if (!keyed || !/^["\d-]/.test(value)) return null;
  const place = path.reduce((above, name) => hash32(name, above), hash32(workspaceId, KEY_SEED));
  return keyAt(place, value);
}

/** @param place hash of the workspace and the path so far: each name is hashed once, not again for everything below it. */
function collect(value: JsonValue, place: number, keys: Set<number>): boolean {
  if (typeof value === 'string' || typeof value === 'number') {
    keys.add(keyAt(place, JSON.stringify(value)));
    return keys.size <= MAX_KEYS;
  }
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([name, member]) => collect(member, hash32(name, place), keys));
}

/** 32 bits with sign, as PostgreSQL's integer. Two keys with one hash cost a look at the event itself. */
const keyAt = (place: number, value: string): number => hash32(value, place) | 0;
