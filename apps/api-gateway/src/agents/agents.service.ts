import { Inject, Injectable } from '@nestjs/common';
import { toTypeId } from '@flows/contracts';
import { compileUserSchema } from '@flows/json-schema';
import { AgentEntity } from '@flows/postgres';
import { SERVICE_CONFIG } from '@flows/service-kit';
import { v7 as uuid } from 'uuid';
import type { ApiCall } from '../access/api-call.js';
import type { ApiGatewayConfig } from '../api-gateway.config.js';
import { insertRecord } from '../database/insert-record.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import { Answer } from '../http/answer.js';
import { notFound, validationFailed, type FieldProblem } from '../http/api-problem.js';
import { claimName } from '../http/unique-violation.js';
import { NewestFirst } from '../paging/newest-first.js';
import type { Page } from '../paging/page.js';
import type { PageQuery } from '../paging/page-query.dto.js';
import type { AgentView, CreateAgentBody } from './agent.dto.js';

const DEFAULT_MODELS: Record<string, string> = { offline: 'rules', openai: 'gpt-5-mini' };

@Injectable()
export class AgentsService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly lists: NewestFirst,
    @Inject(SERVICE_CONFIG) private readonly config: ApiGatewayConfig,
  ) {}

  create(call: ApiCall, body: CreateAgentBody): Promise<Answer> {
    checkSchemas(body);
    return this.transactions.post(call, async (tx) => {
      const view = toView(await claimName(`An agent "${body.slug}"`, () => this.insertIn(tx, body)));
      return Answer.json(201, view, { location: `/api/v1/agents/${view.id}` });
    });
  }

  /** For a template that brings its agents along: one that is there already stays as its workspace has it. */
  async ensureIn(tx: WorkspaceTransaction, agent: CreateAgentBody): Promise<void> {
    const exists = await tx.manager.exists(AgentEntity, { where: { workspaceId: tx.workspaceId, slug: agent.slug } });
    if (!exists) await this.insertIn(tx, agent);
  }

  list(call: ApiCall, query: PageQuery): Promise<Page<AgentView>> {
    return this.transactions.run(call.workspaceId, (tx) =>
      this.lists.page(tx, { entity: AgentEntity, list: 'agents', query }, toView),
    );
  }

  get(call: ApiCall, id: string): Promise<AgentView> {
    return this.transactions.run(call.workspaceId, async (tx) => {
      const agent = await tx.manager.findOne(AgentEntity, { where: { id, workspaceId: tx.workspaceId } });
      if (agent === null) throw notFound(`Agent ${toTypeId('agt', id)}`);
      return toView(agent);
    });
  }

  private async insertIn(tx: WorkspaceTransaction, body: CreateAgentBody): Promise<AgentEntity> {
    const now = new Date();
    const provider = body.provider ?? this.config.agentDefaultProvider;
    const agent = Object.assign(new AgentEntity(), {
      id: uuid(),
      workspaceId: tx.workspaceId,
      slug: body.slug,
      name: body.name.trim(),
      instructions: body.instructions,
      provider,
      model: body.model ?? DEFAULT_MODELS[provider] ?? provider,
      inputSchema: body.input_schema ?? {},
      outputSchema: body.output_schema ?? {},
      requiredConnections: body.required_connections ?? [],
      createdAt: now,
      updatedAt: now,
    });
    await insertRecord(tx, AgentEntity, agent);
    return agent;
  }
}

function checkSchemas(body: CreateAgentBody): void {
  const problems: FieldProblem[] = [];
  for (const part of ['input_schema', 'output_schema'] as const) {
    const schema = body[part];
    const compiled = schema === undefined ? null : compileUserSchema(schema, `#/${part}`);
    if (compiled !== null && !compiled.ok) problems.push(...compiled.problems);
  }
  if (problems.length > 0) throw validationFailed(problems);
}

function toView(agent: AgentEntity): AgentView {
  return {
    id: toTypeId('agt', agent.id),
    slug: agent.slug,
    name: agent.name,
    instructions: agent.instructions,
    provider: agent.provider,
    model: agent.model,
    input_schema: agent.inputSchema,
    output_schema: agent.outputSchema,
    required_connections: agent.requiredConnections,
    created_at: agent.createdAt.toISOString(),
    updated_at: agent.updatedAt.toISOString(),
  };
}
