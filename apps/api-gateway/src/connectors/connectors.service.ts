import { Inject, Injectable } from '@nestjs/common';
import { CONNECTORS, parseAllowedRanges, type AllowedRanges, type Connector } from '@flows/connectors';
import { toTypeId } from '@flows/contracts';
import { ConnectionEntity } from '@flows/postgres';
import { SERVICE_CONFIG } from '@flows/service-kit';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import type { ApiGatewayConfig } from '../api-gateway.config.js';
import { insertRecord } from '../database/insert-record.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { notFound } from '../http/api-problem.js';
import { claimName } from '../http/unique-violation.js';
import { maskSecrets } from '../masking/mask-secrets.js';
import { NewestFirst } from '../paging/newest-first.js';
import type { Page } from '../paging/page.js';
import type { PageQuery } from '../paging/page-query.dto.js';
import { checkConnectionConfig } from './check-config.js';
import type {
  ConnectionView,
  ConnectorView,
  CreateConnectionBody,
  PatchConnectionBody,
  ReauthoriseBody,
} from './connection.dto.js';
import { RunResumptions } from './run-resumptions.js';

/** What can be connected, and what a workspace has connected. */
@Injectable()
export class ConnectorsService {
  private readonly allowed: AllowedRanges;

  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly lists: NewestFirst,
    private readonly resumptions: RunResumptions,
    @Inject(SERVICE_CONFIG) config: ApiGatewayConfig,
  ) {
    this.allowed = parseAllowedRanges(config.egressAllowCidrs);
  }

  catalogue(): { items: ConnectorView[]; next_cursor: null; total: number } {
    const items = [...CONNECTORS.values()].map(toConnectorView);
    return { items, next_cursor: null, total: items.length };
  }

  create(call: ApiCall, body: CreateConnectionBody): Promise<Answer> {
    const config = body.config ?? {};
    checkConnectionConfig(config, this.allowed);
    const now = new Date();
    return this.transactions.post(call, async (tx) => {
      const connection = Object.assign(new ConnectionEntity(), {
        id: uuid(),
        workspaceId: tx.workspaceId,
        name: body.name,
        provider: body.provider,
        role: body.role ?? ('both' as const),
        status: 'connected' as const,
        config,
        rateLimit: body.rate_limit ?? null,
        concurrency: body.concurrency ?? null,
        createdAt: now,
        updatedAt: now,
      });
      await claimName(`A connection "${body.name}"`, () => insertRecord(tx, ConnectionEntity, connection));
      const view = toView(connection);
      return Answer.json(201, view, { location: `/api/v1/connectors/connections/${view.id}` });
    });
  }

  list(call: ApiCall, query: PageQuery): Promise<Page<ConnectionView>> {
    return this.transactions.run(call.workspaceId, (tx) =>
      this.lists.page(tx, { entity: ConnectionEntity, list: 'connections', query }, toView),
    );
  }

  get(call: ApiCall, id: string): Promise<ConnectionView> {
    return this.transactions.run(call.workspaceId, async (tx) => toView(await load(tx, id)));
  }

  patch(call: ApiCall, id: string, body: PatchConnectionBody): Promise<ConnectionView> {
    return this.change(call, id, body);
  }

  /** The connection works again: runs that wait for it go on. */
  async reauthorise(call: ApiCall, id: string, { config }: ReauthoriseBody): Promise<ConnectionView> {
    return this.change(call, id, { status: 'connected', ...(config === undefined ? {} : { config }) });
  }

  private async change(call: ApiCall, id: string, body: PatchConnectionBody): Promise<ConnectionView> {
    if (body.config) checkConnectionConfig(body.config, this.allowed);
    const view = await this.transactions.run(call.workspaceId, async (tx) => {
      const connection = await load(tx, id, true);
      const { rate_limit: rateLimit, ...rest } = body;
      Object.assign(connection, { ...rest, ...(rateLimit === undefined ? {} : { rateLimit }), updatedAt: new Date() });
      await tx.manager.save(connection, { reload: false });
      // Also where it was connected before: a call that was refused a moment ago may not have said so yet.
      if (body.status === 'connected') await this.resumptions.request(tx, call, connection.name);
      return toView(connection);
    });
    if (body.status === 'connected') this.resumptions.begin();
    return view;
  }
}

async function load(tx: WorkspaceTransaction, id: string, lock = false): Promise<ConnectionEntity> {
  const connection = await tx.manager.findOne(ConnectionEntity, {
    where: { id, workspaceId: tx.workspaceId },
    ...(lock ? { lock: { mode: 'pessimistic_write' } } : {}),
  });
  if (connection === null) throw notFound(`Connection ${toTypeId('conn', id)}`);
  return connection;
}

function toConnectorView({ name, title, actions }: Connector): ConnectorView {
  return {
    name,
    title,
    actions: Object.entries(actions).map(([action, { title: label, input_schema, output_schema, effect }]) => ({
      name: action,
      title: label,
      input_schema,
      output_schema,
      effect,
    })),
  };
}

function toView(connection: ConnectionEntity): ConnectionView {
  return {
    id: toTypeId('conn', connection.id),
    name: connection.name,
    provider: connection.provider,
    role: connection.role,
    status: connection.status,
    config: maskSecrets(connection.config),
    rate_limit: connection.rateLimit,
    concurrency: connection.concurrency,
    created_at: connection.createdAt.toISOString(),
    updated_at: connection.updatedAt.toISOString(),
  };
}
