import { Injectable } from '@nestjs/common';
import { canonicalJson } from '@flows/contracts';
import type { WorkflowEntity } from '@flows/postgres';
import { AgentsService } from '../agents/agents.service.js';
import type { ApiCall } from '../access/api-call.js';
import { WorkspaceTransactions, type WorkspaceTransaction } from '../database/workspace-transactions.js';
import type { Answer } from '../http/answer.js';
import { ApiProblem } from '../http/api-problem.js';
import { CursorCodec } from '../paging/cursor.js';
import { cutPage, type Page } from '../paging/page.js';
import { limitOf } from '../paging/page-query.dto.js';
import { insertTrigger } from '../triggers/triggers.service.js';
import { WorkflowInstaller } from '../workflows/workflow.installer.js';
import { checkInputs } from './check-inputs.js';
import type { FlowTemplate } from './flow-template.js';
import type { InstantiateTemplateBody, ListTemplatesQuery, TemplateItem, TemplateView } from './template.dto.js';
import { TEMPLATES } from './template.catalogue.js';

/** The gallery, and workflows made from it. */
@Injectable()
export class TemplatesService {
  constructor(
    private readonly transactions: WorkspaceTransactions,
    private readonly installer: WorkflowInstaller,
    private readonly agents: AgentsService,
    private readonly codec: CursorCodec,
  ) {}

  list({ workspaceId }: ApiCall, query: ListTemplatesQuery): Page<TemplateItem> {
    const { limit: _, cursor, ...filters } = query;
    const scope = canonicalJson([workspaceId, 'templates', filters]);
    const found = TEMPLATES.filter((template) => matches(template, query));
    const after = cursor === undefined ? undefined : this.codec.decode(scope, cursor)[0];
    const from = after === undefined ? 0 : found.findIndex(({ slug }) => slug === after) + 1;
    const limit = limitOf(query);
    return cutPage(
      found.slice(from, from + limit + 1),
      limit,
      { total: found.length, isEstimate: false },
      this.codec,
      scope,
      ({ slug }) => [slug],
      toItem,
    );
  }

  get(slug: string): TemplateView {
    const template = load(slug);
    const { graph, input_schema } = template.definition;
    return { ...toItem(template), graph, input_schema: input_schema ?? null, agents: template.agents.map((agent) => agent.slug) };
  }

  /** The workflow, what it needs (agents) and what starts it (trigger), in one transaction: all of it or nothing. */
  instantiate(call: ApiCall, slug: string, body: InstantiateTemplateBody): Promise<Answer> {
    const template = load(slug);
    const inputs = checkInputs(template, body.inputs);
    return this.transactions.post(call, async (tx) => {
      for (const agent of template.agents) await this.agents.ensureIn(tx, agent);
      return this.installer.install(tx, call, {
        name: body.name ?? template.name,
        description: template.description,
        template: `${template.slug}@${template.version}`,
        definition: { ...template.definition, inputs },
        publish: body.publish ?? false,
        prepare: (workflow) => (body.trigger === false ? Promise.resolve() : addTrigger(tx, workflow, template, inputs)),
      });
    });
  }
}

async function addTrigger(
  tx: WorkspaceTransaction,
  workflow: WorkflowEntity,
  template: FlowTemplate,
  inputs: Record<string, unknown>,
): Promise<void> {
  await insertTrigger(tx, { ...template.trigger(inputs), workflowId: workflow.id });
}

function load(slug: string): FlowTemplate {
  const template = TEMPLATES.find((candidate) => candidate.slug === slug);
  if (template === undefined) throw new ApiProblem('not_found', `There is no template "${slug}"`);
  return template;
}

function matches(template: FlowTemplate, { q = '', category, trigger_type: triggerType }: ListTemplatesQuery): boolean {
  const text = `${template.slug}\n${template.name}\n${template.description}`.toLowerCase();
  return (
    text.includes(q.toLowerCase()) &&
    (category === undefined || category === template.category) &&
    (triggerType === undefined || triggerType === triggerTypeOf(template))
  );
}

function triggerTypeOf(template: FlowTemplate): string {
  return template.trigger({}).type;
}

function toItem(template: FlowTemplate): TemplateItem {
  return {
    slug: template.slug,
    version: template.version,
    name: template.name,
    description: template.description,
    category: template.category,
    status: 'published',
    trigger_type: triggerTypeOf(template),
    required_connections: [...template.requiredConnections],
    inputs_schema: template.inputsSchema,
  };
}
