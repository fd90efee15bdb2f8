import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SERVICE_CONFIG, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import pg from 'pg';
import type { ApiGatewayConfig } from '../api-gateway.config.js';
import { ApiKeyDirectory } from './api-key.directory.js';

/** Payload: the id of a revoked key. Sent by the transaction that revokes it, so it arrives once that is committed. */
export const KEY_REVOKED_CHANNEL = 'flows_key_revoked';
const RECONNECT_MS = 1_000;

/** Makes a revocation take effect on every replica at once. Without the connection, what was found before expires by itself. */
@Injectable()
export class KeyRevocationListener implements OnApplicationBootstrap, OnModuleDestroy {
  private client: pg.Client | null = null;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ApiGatewayConfig,
    private readonly keys: ApiKeyDirectory,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Does not wait: the service can serve without it. */
  onApplicationBootstrap(): void {
    void this.connect();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.config.databaseUrl,
      application_name: 'flows-gateway-revocations',
      keepAlive: true,
    });
    client.on('notification', ({ payload }) => this.keys.forget(payload));
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    this.client = client;
    try {
      await client.connect();
      await client.query(`listen ${KEY_REVOKED_CHANNEL}`);
      // What was revoked while nobody listened is not known.
      this.keys.forget();
    } catch (error) {
      this.lose(client, error as Error);
      await client.end().catch(() => undefined);
    }
  }

  private lose(client: pg.Client, error?: Error): void {
    if (this.stopped || this.client !== client) return;
    this.client = null;
    this.logger.warn({ err: error }, 'lost the connection that tells of revoked keys; trying again');
    this.retry = setTimeout(() => void this.connect(), RECONNECT_MS);
  }
}
