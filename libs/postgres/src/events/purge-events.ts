import type pg from 'pg';
import { readSql } from '../sql/read-sql.js';

const DELETE_OLD_EVENTS = readSql(import.meta.url, './delete-old-events.sql');
const DELETE_ENDED_SUBSCRIPTIONS = readSql(import.meta.url, './delete-ended-subscriptions.sql');

/** How far back a wait can look. Longer than a topic keeps its records: an event that is delivered again is known for as long. */
export const MAILBOX_DAYS = 8;

/** @returns how many were deleted: `limit` means that there may be more. */
export async function deleteOldEvents(pool: pg.Pool, limit: number): Promise<number> {
  const { rowCount } = await pool.query(DELETE_OLD_EVENTS, [`${MAILBOX_DAYS} days`, limit]);
  return rowCount ?? 0;
}

/** A place in the order of the subscriptions' key. */
export interface SubscriptionCursor {
  readonly runId: string;
  readonly stepId: string;
}
export const FIRST_SUBSCRIPTION: SubscriptionCursor = { runId: '00000000-0000-0000-0000-000000000000', stepId: '' };

/** Looks at one page of the subscriptions and deletes those of ended runs. @returns where the next page begins; null after the last. */
export async function deleteEndedSubscriptions(
  pool: pg.Pool,
  after: SubscriptionCursor,
  pageSize: number,
): Promise<{ deleted: number; next: SubscriptionCursor | null }> {
  const { rows } = await pool.query<{ deleted: number; run_id: string; step_id: string }>(DELETE_ENDED_SUBSCRIPTIONS, [
    after.runId,
    after.stepId,
    pageSize,
  ]);
  const [page] = rows;
  return page === undefined
    ? { deleted: 0, next: null }
    : { deleted: page.deleted, next: { runId: page.run_id, stepId: page.step_id } };
}
