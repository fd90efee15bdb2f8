import { EdgeSchema } from '@flows/contracts';
import { ShapeCheck } from './check-shape.js';
import { isRecord, type DraftEdge, type DraftGraph } from './draft-graph.js';
import type { ProblemList } from './problem-list.js';
import type { StepPlaces } from './step-places.js';

const SHAPE = new ShapeCheck(EdgeSchema, ['from', 'to', 'condition']);

/** Reads the edges: both ends must be steps, no edge joins a step with itself or the same two steps twice. */
export function readEdges(
  value: readonly unknown[],
  { steps }: Pick<DraftGraph, 'steps'>,
  places: StepPlaces,
  pointer: string,
  problems: ProblemList,
): DraftEdge[] {
  const ids = new Set(steps.flatMap(({ id, raw }) => (id === null ? (typeof raw['id'] === 'string' ? [raw['id']] : []) : [id])));
  const drawn = new Map<string, number>();
  const edges: DraftEdge[] = [];
  value.forEach((raw, index) => {
    const at = `${pointer}/${index}`;
    if (!isRecord(raw))
      return problems.add(at, 'invalid_type', 'An edge is an object { "from", "to" } with an optional "condition"');
    SHAPE.check(raw, at, problems);
    const from = readEnd(raw, 'from', at, ids, places, problems);
    const to = readEnd(raw, 'to', at, ids, places, problems);
    const ends = from === null || to === null ? null : checkPair(from, to, index, at, drawn, problems);
    return void edges.push({ index, pointer: at, raw, ends, condition: null });
  });
  return edges;
}

function readEnd(
  raw: Record<string, unknown>,
  end: 'from' | 'to',
  pointer: string,
  ids: ReadonlySet<string>,
  places: StepPlaces,
  problems: ProblemList,
): string | null {
  const id = raw[end];
  if (id === undefined) return null;
  if (typeof id !== 'string') {
    problems.add(`${pointer}/${end}`, 'invalid_type', `"${end}" is the id of a step`);
    return null;
  }
  if (ids.has(id)) return id;
  problems.add(`${pointer}/${end}`, 'dangling_edge', places.missing(id));
  return null;
}

function checkPair(
  from: string,
  to: string,
  index: number,
  pointer: string,
  drawn: Map<string, number>,
  problems: ProblemList,
): DraftEdge['ends'] {
  if (from === to) {
    problems.add(pointer, 'self_edge', `The edge leads from "${from}" to itself`, from);
    return null;
  }
  const pair = `${from} ${to}`;
  const first = drawn.get(pair);
  if (first !== undefined) {
    problems.add(
      pointer,
      'duplicate_edge',
      `Edge ${first} (counted from 0) leads from "${from}" to "${to}" already; join two conditions with "||"`,
      from,
    );
    return null;
  }
  drawn.set(pair, index);
  return { from, to };
}
