import { Injectable } from '@nestjs/common';
import type { FlowDefinition } from '@flows/contracts';
import { compileFlow, type FlowProblem } from '@flows/flow-graph';
import { compileUserSchema } from '@flows/json-schema';
import { WorkspaceCatalogue } from '../catalogue/workspace-catalogue.js';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import { ApiProblem } from '../http/api-problem.js';

export interface FlowReport {
  problems: FlowProblem[];
  warnings: FlowProblem[];
}

/** Whether a definition may be saved or published, by the compiler that the engine itself uses, with what the workspace has. */
@Injectable()
export class FlowChecks {
  constructor(private readonly catalogue: WorkspaceCatalogue) {}

  /** @param pointerBase where the graph lies in the body: `#/graph`, or `#` when the body is the graph. */
  async report(tx: WorkspaceTransaction, definition: FlowDefinition, pointerBase = '#/graph'): Promise<FlowReport> {
    const compiled = compileFlow(definition, await this.catalogue.load(tx), { pointerBase });
    const problems = compiled.ok ? [] : [...compiled.problems];
    const schema = definition.input_schema;
    if (schema !== undefined && !problems.some(({ pointer }) => pointer.startsWith('#/input_schema'))) {
      const compilation = compileUserSchema(schema, '#/input_schema');
      if (!compilation.ok) problems.push(...compilation.problems);
    }
    return { problems, warnings: compiled.warnings };
  }
}

/** Splits a report: what concerns the parts that a request has sent refuses it, the rest is for its sender to know. */
export function refuseIn(report: FlowReport, isSent: (pointer: string) => boolean): FlowProblem[] {
  const own = report.problems.filter(({ pointer }) => pointer === '#' || isSent(pointer));
  if (own.length > 0) throw invalidGraph(own);
  return [...report.problems, ...report.warnings];
}

export function invalidGraph(problems: readonly FlowProblem[]): ApiProblem {
  return new ApiProblem(
    'invalid_graph',
    problems.length === 1 ? 'The flow has a problem; see errors' : `The flow has ${problems.length} problems; see errors`,
    {
      errors: problems,
    },
  );
}

/** The graph's own places in a body that is the graph. */
export const isInGraphBody = (pointer: string): boolean => /^#\/(steps|edges)(\/|$)/.test(pointer);
