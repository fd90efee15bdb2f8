import type { CompileResult, FlowCatalogue } from '../plan/problem.js';
import { buildPlan } from './build-plan.js';
import { TextCompiler } from './compile-texts.js';
import { KnownData } from './known-data.js';
import { ProblemList } from './problem-list.js';
import { readDefinition } from './read-definition.js';
import { readEdges } from './read-edges.js';
import { readSteps } from './read-steps.js';
import { checkBranches } from './rules/branch.rule.js';
import { checkCatalogue } from './rules/catalogue.rule.js';
import { checkDurations } from './rules/durations.rule.js';
import { checkGraph } from './rules/edge-graph.rule.js';
import { checkHttp } from './rules/http.rule.js';
import { ReferenceCheck } from './rules/references.rule.js';

export interface CompileFlowOptions {
  /** Where the graph lies in the body that problems are reported for; `#` for a body that is the graph itself. Default `#/graph`. */
  pointerBase?: string;
}

/**
 * Checks a definition and turns it into a plan. Total over any JSON: every problem is found, not only the first, each with its
 * place, a stable code and a sentence with the remedy. A definition with warnings only compiles.
 *
 * @param catalogue what the workspace has; without it, agents, connections and actions are not checked (the engine compiles
 *   versions that were checked when they were published, and a connection removed since is the executor's to report).
 */
export function compileFlow(
  definition: unknown,
  catalogue?: FlowCatalogue | null,
  options: CompileFlowOptions = {},
): CompileResult {
  const problems = new ProblemList();
  const warnings = new ProblemList();
  const base = options.pointerBase ?? '#/graph';
  const read = readDefinition(definition, base, problems);
  if (read === null) return { ok: false, problems: problems.items, warnings: [] };

  const steps = readSteps(read.steps, `${base}/steps`, problems);
  const edges = readEdges(read.edges, steps, `${base}/edges`, problems);
  const graph = checkGraph(steps, edges, problems, warnings);
  checkBranches(steps, edges, problems);

  const known = new KnownData(read.inputSchema, read.inputs, steps, catalogue ?? null);
  const texts = new TextCompiler(graph.shape, known, new ReferenceCheck(graph.shape, known, problems, warnings), problems);
  for (const step of steps) {
    checkDurations(step, problems);
    checkHttp(step, problems, warnings);
    texts.compileStep(step);
    if (catalogue) checkCatalogue(step, catalogue, texts.inputKinds.get(step), problems);
  }
  for (const edge of edges) texts.compileEdge(edge);
  const output = read.output === undefined ? null : texts.compileOutput(read.output, '#/output');

  if (problems.items.length > 0) return { ok: false, problems: problems.items, warnings: warnings.items };
  const plan = buildPlan({ steps, edges, graph, inputs: read.inputs ?? {}, output, timeout: read.timeout });
  return { ok: true, plan, warnings: warnings.items };
}
