import { MAX_STEPS } from '@flows/contracts';
import { isRecord, type DraftEdge, type DraftGraph, type DraftStep } from './draft-graph.js';
import { pointerSegment } from '../plan/pointer.js';
import type { ProblemList } from './problem-list.js';
import { readEdges } from './read-edges.js';
import { readSteps } from './read-steps.js';
import { StepPlaces } from './step-places.js';

/** How deep foreach steps may lie in each other: every level multiplies the runs. */
const MAX_FOREACH_DEPTH = 3;

/** One level, while the steps of all levels are not read yet: an edge's problem tells where else a step of that id is. */
interface Level extends DraftGraph {
  readonly edges: DraftEdge[];
  readonly rawEdges: readonly unknown[];
}

/** Reads a graph with all the sub-graphs in it. */
export function readGraph(value: unknown, pointer: string, problems: ProblemList): { graph: DraftGraph; places: StepPlaces } {
  const levels: Level[] = [];
  const graph = readLevel(value, pointer, 0, levels, problems);
  const count = levels.reduce((sum, { steps }) => sum + steps.length, 0);
  if (count > MAX_STEPS) {
    const all = levels.length > 1 ? ' (those of sub-graphs counted)' : '';
    problems.add(`${pointer}/steps`, 'too_many_steps', `A flow has at most ${MAX_STEPS} steps${all}, this one has ${count}`);
  }
  const places = new StepPlaces(levels);
  for (const level of levels) level.edges.push(...readEdges(level.rawEdges, level, places, `${level.pointer}/edges`, problems));
  return { graph, places };
}

function readLevel(value: unknown, pointer: string, depth: number, levels: Level[], problems: ProblemList): DraftGraph {
  const { steps: rawSteps, edges: rawEdges } = takeApart(value, pointer, problems);
  const steps = readSteps(rawSteps, `${pointer}/steps`, depth, problems);
  const level: Level = { pointer, depth, steps, edges: [], rawEdges };
  levels.push(level);
  for (const step of steps) step.graph = readBody(step, depth + 1, levels, problems);
  return level;
}

function readBody(step: DraftStep, depth: number, levels: Level[], problems: ProblemList): DraftGraph | null {
  if (step.type !== 'foreach' || step.raw['graph'] === undefined) return null;
  const pointer = `${step.pointer}/graph`;
  if (depth <= MAX_FOREACH_DEPTH) return readLevel(step.raw['graph'], pointer, depth, levels, problems);
  problems.add(pointer, 'foreach_too_deep', `At most ${MAX_FOREACH_DEPTH} foreach steps may lie in each other`, step.id);
  return null;
}

function takeApart(
  graph: unknown,
  pointer: string,
  problems: ProblemList,
): { steps: readonly unknown[]; edges: readonly unknown[] } {
  if (!isRecord(graph)) {
    if (graph !== undefined) problems.add(pointer, 'invalid_type', 'A graph is an object { "steps", "edges" }');
    return { steps: [], edges: [] };
  }
  for (const key of Object.keys(graph)) {
    if (key !== 'steps' && key !== 'edges')
      problems.add(`${pointer}/${pointerSegment(key)}`, 'unknown_key', `Unknown key "${key}"; there is steps, edges`);
  }
  return { steps: readList(graph, 'steps', pointer, problems), edges: readList(graph, 'edges', pointer, problems) };
}

function readList(
  graph: Record<string, unknown>,
  key: 'steps' | 'edges',
  pointer: string,
  problems: ProblemList,
): readonly unknown[] {
  const value = graph[key];
  if (Array.isArray(value)) return value;
  problems.add(
    `${pointer}/${key}`,
    value === undefined ? 'required' : 'invalid_type',
    value === undefined ? `"${key}" is required` : `"${key}" is a list`,
  );
  return [];
}
