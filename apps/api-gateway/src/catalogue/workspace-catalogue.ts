import { Injectable } from '@nestjs/common';
import { CONNECTORS } from '@flows/connectors';
import type { FlowCatalogue } from '@flows/flow-graph';
import { AgentEntity, ConnectionEntity } from '@flows/postgres';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';

/** What a workspace has that a graph may name: its agents, and its connections with the actions of their providers. */
@Injectable()
export class WorkspaceCatalogue {
  async load(tx: WorkspaceTransaction): Promise<FlowCatalogue> {
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
    };
  }
}
