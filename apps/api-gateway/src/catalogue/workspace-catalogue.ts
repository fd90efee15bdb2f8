import { Injectable } from '@nestjs/common';
import { CONNECTORS } from '@flows/connectors';
import { fromTypeId, toTypeId } from '@flows/contracts';
import type { FlowCatalogue } from '@flows/flow-graph';
import { AgentEntity, ConnectionEntity, readSql } from '@flows/postgres';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import { namedWorkflows } from './named-workflows.js';

const FIND_WORKFLOWS = readSql(import.meta.url, './find-named-workflows.sql');

/** What a workspace has that a graph may name: its agents, its connections with the actions of their providers, its workflows. */
@Injectable()
export class WorkspaceCatalogue {
  /** @param definition of its workflows only those are loaded that this one names. */
  async load(tx: WorkspaceTransaction, definition: unknown): Promise<FlowCatalogue> {
    const { workspaceId } = tx;
    const agents = await tx.manager.findBy(AgentEntity, { workspaceId });
    const connections = await tx.manager.findBy(ConnectionEntity, { workspaceId });
    return {
      agents: new Map(
        agents.map((agent) => [agent.slug, { input_schema: agent.inputSchema, output_schema: agent.outputSchema }]),
      ),
      connections: new Map(
        connections.map(({ name, provider }) => [
          name,
          { provider, actions: new Map(Object.entries(CONNECTORS.get(provider)?.actions ?? {})) },
        ]),
      ),
      workflows: await findWorkflows(tx, namedWorkflows(definition)),
    };
  }
}

interface WorkflowRow {
  id: string;
  name: string;
  input_schema: object | boolean | null;
}

async function findWorkflows(
  { client, workspaceId }: WorkspaceTransaction,
  names: string[],
): Promise<NonNullable<FlowCatalogue['workflows']>> {
  if (names.length === 0) return new Map();
  const ids = names.flatMap((name) => fromTypeId('wf', name) ?? []);
  const { rows } = await client.query<WorkflowRow>(FIND_WORKFLOWS, [workspaceId, ids, names]);
  return new Map(
    rows.flatMap(({ id, name, input_schema: schema }) => {
      const found = schema === null ? {} : { input_schema: schema };
      return [
        [toTypeId('wf', id), found],
        [name, found],
      ] as const;
    }),
  );
}
