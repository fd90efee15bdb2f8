/** Owns paging of lists: `?limit=` (default 50, at most 200) and `?cursor=` (the id of the last item seen). */
import { HttpProblem } from './http-problem.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
  readonly total: number;
}

/** Lists only grow at their end or lose items, so an id stays a good cursor; one that was removed meanwhile is refused. */
export function pageOf<T>(all: readonly T[], idOf: (item: T) => string, query: URLSearchParams): Page<T> {
  const limit = readLimit(query.get('limit'));
  const cursor = query.get('cursor');
  const from = cursor === null ? 0 : all.findIndex((item) => idOf(item) === cursor) + 1;
  if (cursor !== null && from === 0) {
    throw new HttpProblem(422, 'invalid_cursor', `cursor: "${cursor}" is not in this list; start again without a cursor.`);
  }
  const items = all.slice(from, from + limit);
  const last = items.at(-1);
  return { items, next_cursor: last && from + limit < all.length ? idOf(last) : null, total: all.length };
}

function readLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new HttpProblem(422, 'invalid_limit', `limit: must be a whole number from 1 to ${MAX_LIMIT}, not "${text}".`);
  }
  return Math.min(limit, MAX_LIMIT);
}
