import type { JsonObject } from '@flows/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export const CONNECTION_ROLES = ['source', 'sink', 'both'] as const;
export type ConnectionRole = (typeof CONNECTION_ROLES)[number];
export type ConnectionStatus = 'connected' | 'needs_reauth' | 'disabled';

/** `limit` calls per `per`, a duration such as "1s". */
export interface ConnectionRateLimit {
  limit: number;
  per: string;
}

/** A workspace's configured edge to a provider. */
@Entity('connections')
export class ConnectionEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'workspace_id' })
  workspaceId: string;

  /** What definitions call it. */
  @Column('text')
  name: string;

  @Column('text')
  provider: string;

  @Column('text')
  role: ConnectionRole;

  @Column('text')
  status: ConnectionStatus;

  /** Settings that are no secret. */
  @Column('jsonb')
  config: JsonObject;

  /** How many calls it may make in a time; null: as many as steps ask for. */
  @Column('jsonb', { name: 'rate_limit', nullable: true })
  rateLimit: ConnectionRateLimit | null;

  /** Attempts under way at a time over all executors; null: as many as there are. */
  @Column('integer', { nullable: true })
  concurrency: number | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
