import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import type { Verdict } from '@flows/trigger-rules';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import { notFound } from '../http/api-problem.js';
import type { Total } from '../paging/page.js';

const LIST = readSql(import.meta.url, './list-decisions.sql');
const COUNT = readSql(import.meta.url, './count-decisions.sql');
const RECORDED = readSql(import.meta.url, './find-recorded-event.sql');
/** Up to here lists count exactly. */
const COUNTED = 10_000;

export interface DecisionRow {
  trigger_id: string;
  event_source: string;
  event_id: string;
  event_type: string;
  subject: string | null;
  verdict: Verdict;
  reason: string;
  details: JsonObject;
  run_id: string | null;
  duplicates: number;
  at: Date;
  /** The same moment to the microsecond, for the keyset. */
  at_key: string;
}

export interface DecisionFilter {
  triggerId: string | null;
  eventId: string | null;
  verdicts: readonly Verdict[] | null;
}

/** Why flows did or did not start; written by the trigger listener. */
@Injectable()
export class DecisionsRepository {
  /** @param after sort key of the row before the first. */
  async list(
    tx: WorkspaceTransaction,
    { triggerId, eventId, verdicts }: DecisionFilter,
    after: readonly string[] | null,
    limit: number,
  ): Promise<DecisionRow[]> {
    const [at, trigger, source, event] = after ?? [];
    const values = [
      tx.workspaceId,
      triggerId,
      eventId,
      verdicts,
      at ?? null,
      trigger ?? null,
      source ?? null,
      event ?? null,
      limit,
    ];
    return (await tx.client.query<DecisionRow>(LIST, values)).rows;
  }

  async count(tx: WorkspaceTransaction, { triggerId, eventId, verdicts }: DecisionFilter): Promise<Total> {
    const { rows } = await tx.client.query<{ total: number }>(COUNT, [tx.workspaceId, triggerId, eventId, verdicts]);
    const total = rows[0]?.total ?? 0;
    return { total: Math.min(total, COUNTED), isEstimate: total > COUNTED };
  }

  /** @throws ApiProblem `not_found` when the event started nothing: only then it is kept. */
  async loadEvent(tx: WorkspaceTransaction, eventId: string): Promise<JsonObject> {
    const { rows } = await tx.client.query<{ event: JsonObject }>(RECORDED, [tx.workspaceId, eventId]);
    if (rows[0] === undefined) throw notFound(`A recorded event ${eventId} (an event is kept with the runs that it started)`);
    return rows[0].event;
  }
}
