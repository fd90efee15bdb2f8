import { Inject, Injectable } from '@nestjs/common';
import { parseAllowedRanges, type AllowedRanges } from '@flows/connectors';
import type { FlowDefinition } from '@flows/contracts';
import { compileFlow, type FlowPlan, type FlowProblem } from '@flows/flow-graph';
import { compileUserSchema } from '@flows/json-schema';
import { SERVICE_CONFIG } from '@flows/service-kit';
import type { ApiGatewayConfig } from '../api-gateway.config.js';
import { WorkspaceCatalogue } from '../catalogue/workspace-catalogue.js';
import type { WorkspaceTransaction } from '../database/workspace-transactions.js';
import { ApiProblem } from '../http/api-problem.js';
import { checkStepUrls } from './check-step-urls.js';

export interface FlowReport {
  problems: FlowProblem[];
  warnings: FlowProblem[];
  /** Null where there are problems of the graph. */
  plan: FlowPlan | null;
}

/** Whether a definition may be saved or published, by the compiler that the engine itself uses, with what the workspace has. */
@Injectable()
export class FlowChecks {
  private readonly allowed: AllowedRanges;

  constructor(
    private readonly catalogue: WorkspaceCatalogue,
    @Inject(SERVICE_CONFIG) config: ApiGatewayConfig,
  ) {
    this.allowed = parseAllowedRanges(config.egressAllowCidrs);
  }

  /** @param pointerBase where the graph lies in the body: `#/graph`, or `#` when the body is the graph. */
  async report(tx: WorkspaceTransaction, definition: FlowDefinition, pointerBase = '#/graph'): Promise<FlowReport> {
    const compiled = compileFlow(definition, await this.catalogue.load(tx, definition), { pointerBase });
    const problems = [...(compiled.ok ? [] : compiled.problems), ...checkStepUrls(definition, pointerBase, this.allowed)];
    const schema = definition.input_schema;
    if (schema !== undefined && !problems.some(({ pointer }) => pointer.startsWith('#/input_schema'))) {
      const compilation = compileUserSchema(schema, '#/input_schema');
      if (!compilation.ok) problems.push(...compilation.problems);
    }
    return { problems, warnings: compiled.warnings, plan: compiled.ok ? compiled.plan : null };
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
