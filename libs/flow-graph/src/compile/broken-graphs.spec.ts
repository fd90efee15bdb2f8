import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { FlowCatalogue } from '../plan/problem.js';
import { compileFlow } from './compile-flow.js';

/** A case gives a whole `definition`, its `graph` only, or `raw` JSON text; `problems` are "code pointer step_id", in any order. */
interface BrokenGraph {
  name: string;
  definition?: unknown;
  graph?: unknown;
  raw?: string;
  catalogue?: true;
  problems: string[];
  /** A part of one of the messages. */
  message?: string;
}
const corpus = JSON.parse(readFileSync(new URL('./broken-graphs.json', import.meta.url), 'utf8')) as BrokenGraph[];

const ONBOARDING = { type: 'object', properties: { lead_id: { type: 'string' } }, required: ['lead_id'] };
const CATALOGUE: FlowCatalogue = {
  agents: new Map([
    [
      'writer',
      {
        input_schema: {
          type: 'object',
          properties: {
            topic: { type: 'string' },
            words: { type: 'integer' },
            tags: { type: 'array', items: { type: 'string' } },
          },
          required: ['topic'],
          additionalProperties: false,
        },
        output_schema: {
          type: 'object',
          properties: { text: { type: 'string' }, length: { type: 'integer' } },
          additionalProperties: false,
        },
      },
    ],
  ]),
  connections: new Map([
    [
      'crm',
      {
        provider: 'crm',
        actions: new Map([
          [
            'leads.update',
            {
              input_schema: {
                type: 'object',
                properties: { lead_id: { type: 'string' }, patch: { $ref: '#/$defs/patch' } },
                required: ['lead_id', 'patch'],
                $defs: { patch: { type: 'object', properties: { status: { enum: ['open', 'won'] } }, required: ['status'] } },
              },
            },
          ],
        ]),
      },
    ],
  ]),
  workflows: new Map(['wf_01kb1v5xk9e2jvqkz6xh3n2a4c', 'Onboarding'].map((name) => [name, { input_schema: ONBOARDING }])),
};

function definitionOf({ raw, definition, graph }: BrokenGraph): unknown {
  if (raw !== undefined) return JSON.parse(raw);
  return graph === undefined ? definition : { graph };
}

describe('broken graphs', () => {
  it('are many', () => expect(corpus.length).toBeGreaterThanOrEqual(120));

  it.each(corpus.map((broken) => [broken.name, broken] as const))('%s', (_, broken) => {
    const result = compileFlow(definitionOf(broken), broken.catalogue ? CATALOGUE : null);
    const problems = result.ok ? [] : result.problems;
    const told = problems.map(({ code, pointer, step_id }) =>
      [code, pointer, ...(step_id === undefined ? [] : [step_id])].join(' '),
    );
    expect(told.sort()).toEqual([...broken.problems].sort());
    if (broken.message !== undefined) expect(problems.map(({ message }) => message).join('\n')).toContain(broken.message);
  });

  it('have pointers relative to a body that is the graph itself', () => {
    const result = compileFlow({ graph: { steps: [{ id: 'a', type: 'x' }], edges: [{ from: 'a', to: 'b' }] } }, null, {
      pointerBase: '#',
    });
    expect(result.ok ? [] : result.problems.map(({ pointer }) => pointer)).toEqual(['#/steps/0/type', '#/edges/0/to']);
  });
});
