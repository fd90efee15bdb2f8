import { Injectable } from '@nestjs/common';
import { canonicalJson } from '@flows/contracts';
import { LessThan, type EntityTarget, type FindOptionsWhere } from 'typeorm';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import { CursorCodec } from './cursor.js';
import { cutPage, type Page } from './page.js';
import { limitOf, type PageQuery } from './page-query.dto.js';

interface WorkspaceRecord {
  id: string;
  workspaceId: string;
}

export interface ListRequest<E extends WorkspaceRecord> {
  entity: EntityTarget<E>;
  /** Name of the list: part of what a cursor belongs to. */
  list: string;
  query: PageQuery;
  /** Alternatives, each a conjunction; the workspace is added to each. */
  where?: FindOptionsWhere<E>[];
}

/** Pages of design-time records, newest first: by id alone, since ids of records are UUIDv7 drawn at their creation. */
@Injectable()
export class NewestFirst {
  constructor(private readonly codec: CursorCodec) {}

  async page<E extends WorkspaceRecord, Item>(
    tx: WorkspaceTransaction,
    request: ListRequest<E>,
    toItem: (row: E) => Item,
  ): Promise<Page<Item>> {
    const { limit: _, cursor, ...filters } = request.query;
    const scope = canonicalJson([tx.workspaceId, request.list, filters]);
    const limit = limitOf(request.query);
    const alternatives = (request.where ?? [{}]).map((where) => ({ ...where, workspaceId: tx.workspaceId }));
    const repository = tx.manager.getRepository(request.entity);
    const total = await repository.count({ where: alternatives });
    const after = cursor === undefined ? null : this.codec.decode(scope, cursor)[0];
    const rows = await repository.find({
      where: after == null ? alternatives : alternatives.map((where) => ({ ...where, id: LessThan(after) })),
      order: { id: 'DESC' } as never,
      take: limit + 1,
    });
    return cutPage(rows, limit, { total, isEstimate: false }, this.codec, scope, (row) => [row.id], toItem);
  }
}
