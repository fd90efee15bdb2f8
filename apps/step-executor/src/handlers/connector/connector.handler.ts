import { Inject, Injectable } from '@nestjs/common';
import { CONNECTORS, checkActionInput, type ActionContext, type ConnectorAction, type Egress } from '@flows/connectors';
import { toTypeId, type StepRunCommand } from '@flows/contracts';
import type { Attempt } from '../../attempts/attempt.js';
import type { PreparedWork, WorkResult } from '../../attempts/work.js';
import { CatalogueCache, type CatalogueConnection } from '../../catalogue/catalogue.cache.js';
import { EGRESS } from '../../step-executor.tokens.js';
import { readRateLimit, type ConnectionUse } from '../../limits/connection-use.js';
import { isConnected, refusal, requireConnected } from '../connection-status.js';

type ConnectorWork = Extract<StepRunCommand['work'], { kind: 'connector' }>;

/** An action of a provider through a connection of the workspace. */
@Injectable()
export class ConnectorHandler {
  constructor(
    private readonly catalogue: CatalogueCache,
    @Inject(EGRESS) private readonly egress: Egress,
  ) {}

  /** Throws ActionError for what the user can mend: an unknown name, a connection that is not connected, a wrong input. */
  prepare(command: StepRunCommand, work: ConnectorWork): PreparedWork | Promise<PreparedWork> {
    const connection = this.catalogue.connection(command.workspace_id, work.connection);
    if (connection instanceof Promise) return connection.then((found) => this.prepareWith(command, work, found));
    if (isConnected(connection)) return this.prepareWith(command, work, connection);
    // A second ago it was not connected: it may be by now, and a run that waited for that is not refused for it.
    const fresh = this.catalogue.freshConnection(command.workspace_id, work.connection);
    return fresh.then((found) => this.prepareWith(command, work, found));
  }

  private prepareWith(command: StepRunCommand, work: ConnectorWork, connection: CatalogueConnection | null): PreparedWork {
    if (connection === null)
      throw refusal(
        'connection_unknown',
        'non_retryable',
        `The workspace has no connection "${work.connection}"`,
        work.connection,
      );
    requireConnected(work.connection, connection.status);
    const action = actionOf(connection.provider, work.action);
    const problem = checkActionInput(action, command.input);
    if (problem !== null) throw problem;
    return {
      effect: action.effect,
      through: useOf(command.workspace_id, work.connection, connection),
      describe: { kind: 'connector', connection: work.connection, provider: connection.provider, action: work.action },
      run: (attempt) => this.run(attempt, action, connection),
    };
  }

  private async run(attempt: Attempt, action: ConnectorAction, connection: CatalogueConnection): Promise<WorkResult> {
    const { command } = attempt;
    const context: ActionContext = {
      input: attempt.input,
      config: connection.config,
      idempotencyKey: command.idempotency_key,
      get signal() {
        return attempt.signal;
      },
      fetch: this.egress.fetch,
      get causation() {
        return { runId: toTypeId('run', command.run_id), depth: command.causation_depth };
      },
      ...(attempt.traceparent === undefined ? {} : { traceparent: attempt.traceparent }),
    };
    const output = await action.run(context);
    return action.receipt === undefined ? { output } : { output, receipt: action.receipt(output) };
  }
}

function useOf(workspaceId: string, name: string, connection: CatalogueConnection): ConnectionUse {
  const rate = readRateLimit(connection.rate_limit);
  if (rate === undefined) {
    const message = `The connection "${name}" has a rate limit that cannot be read: set it as in {"limit": 10, "per": "1s"}, or to null`;
    throw refusal('connection_invalid', 'non_retryable', message, name);
  }
  const { id, updated_at, concurrency, paused } = connection;
  return { workspaceId, id, name, updatedAt: updated_at, rate, concurrency, paused };
}

function actionOf(provider: string, name: string): ConnectorAction {
  const connector = CONNECTORS.get(provider);
  if (connector === undefined)
    throw refusal('connector_unknown', 'non_retryable', `There is no connector for the provider "${provider}"`);
  const action = Object.hasOwn(connector.actions, name) ? connector.actions[name] : undefined;
  if (action !== undefined) return action;
  const known = Object.keys(connector.actions).join(', ');
  throw refusal('action_unknown', 'non_retryable', `The connector "${provider}" has no action "${name}": it has ${known}`);
}
