import { ApiProperty } from '@nestjs/swagger';
import type { JsonObject, RunStatus, WaitingFor } from '@flows/contracts';
import { WORKSPACE_SHARE } from '@flows/postgres';
import { keyOfLane } from '@flows/trigger-rules';
import { WAITING_FOR } from './run.dto.js';

/** Up to here the runs ahead are counted. */
export const COUNTED_AHEAD = 1_000;

/** Why a run does not go on, and since when. */
export class WaitingView {
  @ApiProperty({ enum: WAITING_FOR })
  for: WaitingFor;
  @ApiProperty({ format: 'date-time' })
  since: string;
  @ApiProperty({ description: 'A sentence for people' })
  reason: string;
  @ApiProperty({
    type: Object,
    nullable: true,
    description:
      'Of a queued run: `{ limit: "workflow_concurrency", key, max, under_way, ahead, ahead_is_minimum }`, or the same with `limit: "workspace_share"` and no key',
  })
  detail: JsonObject | null;
}

/** What a row says of the run's wait. */
export interface WaitingRow {
  status: RunStatus;
  waiting_for: WaitingFor | null;
  waiting_since?: Date | null;
  created_at: Date;
  /** Of a queued run that is not admitted. */
  queue?: QueueRow | null;
}
/** Counts end at COUNTED_AHEAD + 1. */
export interface QueueRow {
  lane: string | null;
  lane_limit: number | null;
  lane_held: number;
  lane_ahead: number;
  under_way: number;
  ahead: number;
}

const REASONS: Record<WaitingFor, string> = {
  timer: 'It waits for a time: the end of a wait, or the next attempt of a step',
  event: 'It waits for an event',
  approval: 'Somebody has to approve',
  capacity: 'It waits for a place: a limit is reached',
  budget: 'A budget is used up',
  reauth: 'A connection has to be authorised again',
};

export function toWaiting(row: WaitingRow): WaitingView | null {
  const since = (row.waiting_since ?? row.created_at).toISOString();
  if (row.queue != null) return { for: 'capacity', since, ...explainQueue(row.queue) };
  return row.waiting_for === null ? null : { for: row.waiting_for, since, reason: REASONS[row.waiting_for], detail: null };
}

function explainQueue(queue: QueueRow): Pick<WaitingView, 'reason' | 'detail'> {
  const { lane, lane_limit: max, lane_held: held, under_way: underWay } = queue;
  if (lane !== null && max !== null && held >= max) {
    const key = keyOfLane(lane);
    const ahead = aheadOf(queue.lane_ahead);
    const where = key === null ? '' : ` with the key "${key}"`;
    return {
      reason: `The workflow runs at most ${max} at a time${where}, and ${held} are under way; ${ahead.text} before this one`,
      detail: { limit: 'workflow_concurrency', key, max, under_way: held, ...ahead.fields },
    };
  }
  const ahead = aheadOf(queue.ahead);
  return {
    reason:
      underWay >= WORKSPACE_SHARE
        ? `The workspace has ${atLeast(underWay)} runs under way, and its share of a busy installation is ${WORKSPACE_SHARE}; ${ahead.text} before this one`
        : `It starts with the next places that are dealt; ${ahead.text} before this one`,
    detail: { limit: 'workspace_share', max: WORKSPACE_SHARE, under_way: underWay, ...ahead.fields },
  };
}

function aheadOf(count: number): { text: string; fields: JsonObject } {
  const ahead = Math.min(count, COUNTED_AHEAD);
  return { text: `${atLeast(count)} queued`, fields: { ahead, ahead_is_minimum: count > COUNTED_AHEAD } };
}

function atLeast(count: number): string {
  return count > COUNTED_AHEAD ? `more than ${COUNTED_AHEAD}` : String(count);
}
