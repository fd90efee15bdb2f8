import { Injectable } from '@nestjs/common';
import { toTypeId } from '@flows/contracts';
import { ApiKeyEntity } from '@flows/postgres';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import { ApiKeyDirectory } from '../access/api-key.directory.js';
import { createToken, hashToken, shownPrefix } from '../access/api-token.js';
import { KEY_REVOKED_CHANNEL } from '../access/key-revocation.listener.js';
import { insertRecord } from '../database/insert-record.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { notFound, validationFailed } from '../http/api-problem.js';
import type { Page } from '../paging/page.js';
import { NewestFirst } from '../paging/newest-first.js';
import type { PageQuery } from '../paging/page-query.dto.js';
import type { ApiKeyView, CreateApiKeyBody } from './api-key.dto.js';

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly lists: NewestFirst,
    private readonly directory: ApiKeyDirectory,
  ) {}

  /** The token goes into the first answer only: what is kept for a replay has none. */
  async create(call: ApiCall, body: CreateApiKeyBody): Promise<Answer> {
    if (body.expires_at != null && Date.parse(body.expires_at) <= Date.now()) {
      throw validationFailed([{ pointer: '#/expires_at', code: 'past', message: 'expires_at must lie in the future' }]);
    }
    const token = createToken();
    let created: ApiKeyEntity | undefined;
    const answer = await this.transactions.post(call, async (tx) => {
      created = await insertKey(tx, body, token);
      return Answer.json(201, { ...toView(created), token: null });
    });
    return created === undefined ? answer : Answer.json(201, { ...toView(created), token });
  }

  list(call: ApiCall, query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.transactions.run(call.workspaceId, (tx) =>
      this.lists.page(tx, { entity: ApiKeyEntity, list: 'api-keys', query }, toView),
    );
  }

  /** Idempotent. The notification reaches every replica once the transaction is committed. */
  async revoke(call: ApiCall, id: string): Promise<void> {
    await this.transactions.run(call.workspaceId, async (tx) => {
      const repository = tx.manager.getRepository(ApiKeyEntity);
      const key = await repository.findOneBy({ id, workspaceId: tx.workspaceId });
      if (key === null) throw notFound(`API key ${toTypeId('key', id)}`);
      if (key.revokedAt !== null) return;
      await repository.update({ id, workspaceId: tx.workspaceId }, { revokedAt: new Date() });
      await tx.client.query('select pg_notify($1, $2)', [KEY_REVOKED_CHANNEL, id]);
    });
    this.directory.forget(id);
  }
}

async function insertKey(tx: WorkspaceTransaction, body: CreateApiKeyBody, token: string): Promise<ApiKeyEntity> {
  const key = Object.assign(new ApiKeyEntity(), {
    id: uuid(),
    workspaceId: tx.workspaceId,
    name: body.name.trim(),
    hash: hashToken(token),
    prefix: shownPrefix(token),
    scopes: body.scopes,
    expiresAt: body.expires_at == null ? null : new Date(body.expires_at),
    lastUsedAt: null,
    revokedAt: null,
    createdAt: new Date(),
  });
  await insertRecord(tx, ApiKeyEntity, key);
  return key;
}

function toView(key: ApiKeyEntity): ApiKeyView {
  return {
    id: toTypeId('key', key.id),
    name: key.name,
    scopes: key.scopes,
    prefix: key.prefix,
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
}
