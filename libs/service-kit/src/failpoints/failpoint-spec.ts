/**
 * The notation of armed failpoints: `name=kill@1,other=sleep:500@2,third=throw`.
 * `@n` is the passage (counted from 1) at which it acts; without it, it acts at every passage.
 */
import { FAILPOINTS, type FailpointName } from './failpoint-names.js';

export type FailpointAction =
  { readonly type: 'kill' } | { readonly type: 'throw' } | { readonly type: 'sleep'; readonly ms: number };

export interface FailpointSpec {
  readonly name: FailpointName;
  readonly action: FailpointAction;
  /** Undefined: every passage. */
  readonly passage: number | undefined;
}

const ENTRY = /^(?<name>[a-z_.]+)=(?<verb>kill|throw|sleep:(?<ms>\d{1,6}))(?:@(?<passage>[1-9]\d{0,8}))?$/;

/** Undefined where the notation is wrong or a name is unknown. */
export function parseFailpoints(raw: string): readonly FailpointSpec[] | undefined {
  const specs = raw.split(',').map((entry) => parseEntry(entry.trim()));
  return specs.every((spec) => spec !== undefined) ? specs : undefined;
}

function parseEntry(entry: string): FailpointSpec | undefined {
  const groups = ENTRY.exec(entry)?.groups;
  const name = FAILPOINTS.find((known) => known === groups?.['name']);
  if (groups === undefined || name === undefined) return undefined;
  const { verb, ms, passage } = groups;
  const action: FailpointAction =
    ms !== undefined ? { type: 'sleep', ms: Number(ms) } : { type: verb === 'kill' ? 'kill' : 'throw' };
  return { name, action, passage: passage === undefined ? undefined : Number(passage) };
}
