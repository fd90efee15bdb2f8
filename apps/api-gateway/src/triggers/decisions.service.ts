import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { canonicalJson, toTypeId, type JsonObject } from '@flows/contracts';
import { TriggerEntity } from '@flows/postgres';
import { VERDICTS, type Verdict } from '@flows/trigger-rules';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import { notFound } from '../http/api-problem.js';
import { maskSecrets } from '../masking/mask-secrets.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf, type PageQuery } from '../paging/page-query.dto.js';
import { DecisionsRepository, type DecisionFilter, type DecisionRow } from './decisions.repository.js';
import type { TriggerLogQuery } from './trigger.dto.js';

/** Why one trigger did or did not start its flow for one event. */
export class DecisionView {
  @ApiProperty()
  event_id: string;
  @ApiProperty()
  event_source: string;
  @ApiProperty()
  event_type: string;
  @ApiProperty()
  trigger_id: string;
  @ApiProperty({ type: String, nullable: true })
  subject: string | null;
  @ApiProperty({ enum: VERDICTS })
  verdict: Verdict;
  @ApiProperty()
  reason: string;
  @ApiProperty({ type: Object })
  details: JsonObject;
  @ApiProperty({ type: String, nullable: true })
  run_id: string | null;
  @ApiProperty({ type: 'integer', description: 'How often the event came again' })
  duplicates: number;
  @ApiProperty({ format: 'date-time' })
  at: string;
}

@Injectable()
export class DecisionsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly decisions: DecisionsRepository,
    private readonly codec: CursorCodec,
  ) {}

  logOfTrigger(call: ApiCall, triggerId: string, query: TriggerLogQuery): Promise<Page<DecisionView>> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const exists = await tx.manager.exists(TriggerEntity, { where: { id: triggerId, workspaceId: tx.workspaceId } });
      if (!exists) throw notFound(`Trigger ${toTypeId('trg', triggerId)}`);
      return this.page(tx, { triggerId, eventId: null, verdicts: query.verdict ?? null }, query);
    });
  }

  /** An event that met no trigger has no decisions; that is an empty list, as for an event that never came. */
  ofEvent(call: ApiCall, eventId: string, query: PageQuery): Promise<Page<DecisionView>> {
    return this.transactions.run(call.workspaceId, (tx) => this.page(tx, { triggerId: null, eventId, verdicts: null }, query));
  }

  private async page(tx: WorkspaceTransaction, filter: DecisionFilter, query: PageQuery): Promise<Page<DecisionView>> {
    const scope = canonicalJson([tx.workspaceId, 'decisions', filter]);
    const limit = limitOf(query);
    const after = query.cursor === undefined ? null : this.codec.decode(scope, query.cursor);
    const rows = await this.decisions.list(tx, filter, after, limit + 1);
    const total = await this.decisions.count(tx, filter);
    return cutPage(
      rows,
      limit,
      total,
      this.codec,
      scope,
      (row) => [row.at_key, row.trigger_id, row.event_source, row.event_id],
      toView,
    );
  }
}

function toView(row: DecisionRow): DecisionView {
  return {
    event_id: row.event_id,
    event_source: row.event_source,
    event_type: row.event_type,
    trigger_id: toTypeId('trg', row.trigger_id),
    subject: row.subject,
    verdict: row.verdict,
    reason: row.reason,
    details: maskSecrets(row.details),
    run_id: row.run_id === null ? null : toTypeId('run', row.run_id),
    duplicates: row.duplicates,
    at: row.at.toISOString(),
  };
}
