import type { CursorCodec } from './cursor.js';

/** One page of a list. `next_cursor` is null at the end. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total: number;
  /** True where counting exactly would cost more than it is worth: `total` is then the planner's estimate. */
  total_is_estimate?: boolean;
}

export interface Total {
  total: number;
  isEstimate: boolean;
}

/**
 * Cuts a page from rows that were read with one more than the limit: the extra row only says that there is more.
 * @param keyOf the sort key of a row, from which the next page goes on.
 */
export function cutPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { total, isEstimate }: Total,
  codec: CursorCodec,
  scope: string,
  keyOf: (row: Row) => string[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const page: Page<Item> = {
    items: shown.map(toItem),
    next_cursor: rows.length > limit && last !== undefined ? codec.encode(scope, keyOf(last)) : null,
    total,
  };
  if (isEstimate) page.total_is_estimate = true;
  return page;
}
