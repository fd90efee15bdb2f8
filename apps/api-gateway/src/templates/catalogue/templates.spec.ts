import { describe, expect, it } from '@jest/globals';
import { CONNECTORS } from '@flows/connectors';
import { compileFlow, type FlowCatalogue } from '@flows/flow-graph';
import { compileUserSchema } from '@flows/json-schema';
import { TEMPLATES } from '../template.catalogue.js';

describe.each(TEMPLATES.map((template) => ({ slug: template.slug, template })))('template $slug', ({ template }) => {
  it('compiles in a workspace that has what it asks for, without a warning', () => {
    const catalogue: FlowCatalogue = {
      agents: new Map(template.agents.map(({ slug, input_schema, output_schema }) => [slug, { input_schema, output_schema }])),
      connections: new Map(
        template.requiredConnections.map(({ name, provider }) => [
          name,
          { provider, actions: new Map(Object.entries(CONNECTORS.get(provider)?.actions ?? {})) },
        ]),
      ),
    };
    const inputs = Object.fromEntries(
      Object.keys(template.inputsSchema['properties'] as object).map((key) => [key, key === 'min_score' ? 50 : 'x']),
    );
    expect(compileFlow({ ...template.definition, inputs }, catalogue)).toMatchObject({ ok: true, warnings: [] });
  });

  it('has a usable inputs form', () => {
    expect(compileUserSchema(template.inputsSchema, '#').ok).toBe(true);
    for (const property of Object.values(template.inputsSchema['properties'] as Record<string, { title?: string }>))
      expect(property.title).toBeTruthy();
  });
});
