import { Inject, Injectable } from '@nestjs/common';
import { readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { ENGINE_POOL } from '../database/database.tokens.js';
import { hashToken } from './api-token.js';
import type { WorkspacePrincipal } from './principal.js';
import { expandScopes, isScope } from './scopes.js';

const FIND = readSql(import.meta.url, './find-api-key.sql');
const TOUCH = readSql(import.meta.url, './touch-api-key.sql');

/** How long a key that was found is believed without asking again. A revocation also arrives by notification, at once. */
const BELIEVED_MS = 30_000;

interface KeyRow {
  id: string;
  workspace_id: string;
  name: string;
  scopes: string[];
  expires_at: Date | null;
}

/**
 * Tokens to principals. The one place that looks across workspaces on a request's behalf, since a token says which workspace
 * it belongs to only once it is found. Only keys that exist are remembered.
 */
@Injectable()
export class ApiKeyDirectory {
  private readonly found = new LRUCache<string, WorkspacePrincipal>({ max: 10_000, ttl: BELIEVED_MS });

  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** @param token well-formed. Null when no live key has it. */
  async find(token: string): Promise<WorkspacePrincipal | null> {
    const hash = hashToken(token);
    const cacheKey = hash.toString('base64');
    const principal = this.found.get(cacheKey) ?? (await this.load(hash, cacheKey));
    if (principal === null || (principal.expiresAt !== null && principal.expiresAt <= Date.now())) return null;
    return principal;
  }

  /** Forgets one key, or all when a notification may have been missed. */
  forget(keyId?: string): void {
    if (keyId === undefined) return this.found.clear();
    for (const [cacheKey, principal] of this.found.entries()) if (principal.keyId === keyId) this.found.delete(cacheKey);
  }

  private async load(hash: Buffer, cacheKey: string): Promise<WorkspacePrincipal | null> {
    const { rows } = await this.pool.query<KeyRow>({ name: 'find-api-key', text: FIND, values: [hash] });
    const row = rows[0];
    if (row === undefined) return null;
    const principal: WorkspacePrincipal = {
      kind: 'workspace',
      workspaceId: row.workspace_id,
      keyId: row.id,
      keyName: row.name,
      scopes: expandScopes(row.scopes.filter(isScope)),
      expiresAt: row.expires_at?.getTime() ?? null,
    };
    this.found.set(cacheKey, principal);
    this.noteUse(row.id);
    return principal;
  }

  /** Off the request's path: whether it succeeds changes no answer. */
  private noteUse(keyId: string): void {
    this.pool
      .query(TOUCH, [keyId])
      .catch((error: Error) => this.logger.warn({ err: error, key_id: keyId }, 'last use of a key was not noted'));
  }
}
