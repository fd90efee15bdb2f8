import { STEP_ID_PATTERN, STEP_SCHEMAS, STEP_TYPES, type StepDefinition, type StepType } from '@flows/contracts';
import { ShapeCheck } from './check-shape.js';
import { isRecord, type DraftStep } from './draft-graph.js';
import type { ProblemList } from './problem-list.js';

const STEP_ID = new RegExp(STEP_ID_PATTERN);
/** Members that the rules and the compilation of texts check, with better words than a schema has. */
const CHECKED_ELSEWHERE = ['id', 'type', 'when', 'url', 'until', 'event', 'items', 'graph', 'approval'];
const SHAPES = Object.fromEntries(
  STEP_TYPES.map((type) => [type, new ShapeCheck(STEP_SCHEMAS[type], CHECKED_ELSEWHERE)]),
) as Record<StepType, ShapeCheck>;

const NOTHING_COMPILED = { graph: null, when: null, mapping: null, items: null, until: null, match: null };

/** Reads the steps one by one: ids, types, the shape of each by its type. Steps that are no objects are reported and left out. */
export function readSteps(value: readonly unknown[], pointer: string, depth: number, problems: ProblemList): DraftStep[] {
  if (value.length === 0)
    problems.add(pointer, 'no_steps', `${depth === 0 ? 'A flow' : 'The graph of a foreach step'} needs at least one step`);
  const taken = new Map<string, number>();
  const steps: DraftStep[] = [];
  value.forEach((raw, index) => {
    const at = `${pointer}/${index}`;
    if (!isRecord(raw)) return problems.add(at, 'invalid_type', 'A step is an object');
    const id = readId(raw, at, taken, problems);
    if (id !== null) taken.set(id, index);
    const named = id ?? (typeof raw['id'] === 'string' ? raw['id'] : null);
    const type = readType(raw, at, named, problems);
    const sound = type !== null && SHAPES[type].check(raw, at, problems, named);
    const definition = sound && id !== null ? (raw as unknown as StepDefinition) : null;
    return void steps.push({ ...NOTHING_COMPILED, index, pointer: at, raw, id, type, definition });
  });
  return steps;
}

function readId(
  raw: Record<string, unknown>,
  pointer: string,
  taken: ReadonlyMap<string, number>,
  problems: ProblemList,
): string | null {
  const { id } = raw;
  if (id === undefined) {
    problems.add(`${pointer}/id`, 'required', '"id" is required');
    return null;
  }
  if (typeof id !== 'string' || !STEP_ID.test(id)) {
    const shown = typeof id === 'string' ? id : undefined;
    problems.add(
      `${pointer}/id`,
      'invalid_step_id',
      'A step id starts with a small letter and has small letters, digits and "_", at most 63',
      shown,
    );
    return null;
  }
  const first = taken.get(id);
  if (first === undefined) return id;
  problems.add(`${pointer}/id`, 'duplicate_step_id', `The id "${id}" belongs to step ${first} already (counted from 0)`, id);
  return null;
}

function readType(raw: Record<string, unknown>, pointer: string, stepId: string | null, problems: ProblemList): StepType | null {
  const { type } = raw;
  if (type === undefined) {
    problems.add(`${pointer}/type`, 'required', `"type" is required; there is ${STEP_TYPES.join(', ')}`, stepId);
    return null;
  }
  if (typeof type === 'string' && (STEP_TYPES as string[]).includes(type)) return type as StepType;
  const shown = typeof type === 'string' ? `"${type.slice(0, 60)}"` : 'that';
  problems.add(
    `${pointer}/type`,
    'unknown_step_type',
    `There is no step type ${shown}; there is ${STEP_TYPES.join(', ')}`,
    stepId,
  );
  return null;
}
