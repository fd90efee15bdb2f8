import type { CompileResult, FlowCatalogue } from '../plan/problem.js';
import { buildPlan } from './build-plan.js';
import { GraphCheck } from './check-graph.js';
import { ProblemList } from './problem-list.js';
import { readDefinition } from './read-definition.js';

export interface CompileFlowOptions {
  /** Where the graph lies in the body that problems are reported for; `#` for a body that is the graph itself. Default `#/graph`. */
  pointerBase?: string;
}

/**
 * Checks a definition and turns it into a plan. Total over any JSON: every problem is found, not only the first, each with its
 * place, a stable code and a sentence with the remedy. A definition with warnings only compiles.
 *
 * @param catalogue what the workspace has; without it, agents, connections, actions and workflows are not checked (the engine compiles
 *   versions that were checked when they were published, and a connection removed since is the executor's to report).
 */
export function compileFlow(
  definition: unknown,
  catalogue?: FlowCatalogue | null,
  options: CompileFlowOptions = {},
): CompileResult {
  const problems = new ProblemList();
  const warnings = new ProblemList();
  const read = readDefinition(definition, options.pointerBase ?? '#/graph', problems);
  if (read === null) return { ok: false, problems: problems.items, warnings: [] };

  const { settings, places } = read;
  const check = new GraphCheck(read, settings.onCancel, places, catalogue ?? null, problems, warnings);
  const { graph, texts } = check.check(read.graph);
  const output = read.output === undefined ? null : texts.compileOutput(read.output, '#/output');
  const { concurrencyKey: key } = settings;
  const concurrencyKey = key === null ? null : texts.compileConcurrencyKey(key, '#/settings/concurrency/key');

  if (problems.items.length > 0) return { ok: false, problems: problems.items, warnings: warnings.items };
  const plan = buildPlan({ graph, inputs: read.inputs ?? {}, output, settings, concurrencyKey });
  return { ok: true, plan, warnings: warnings.items };
}
