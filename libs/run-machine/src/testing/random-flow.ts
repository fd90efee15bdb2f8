import { oneIn, pick, type Draw } from './draw.js';

export const STEP_KINDS = [
  'connector',
  'transform',
  'agent',
  'http',
  'code',
  'branch',
  'wait',
  'until',
  'event',
  'approval',
  'foreach',
  'flow',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/**
 * Random flows that compile by construction: acyclic (edges go forward), every step reachable, conditions over the payload, all step
 * types, retries and fallbacks, sub-graphs, and now and then a cleanup.
 */
export interface FlowOptions {
  /** A step may fail the run: then the end depends on what comes first. */
  readonly mayHalt: boolean;
  /** Joins of any, and waits and approvals that also a timer may end. */
  readonly races: boolean;
  readonly maxSteps: number;
  /** Names of workflows that flow steps may name. */
  readonly workflows: readonly string[];
  /** How deep foreach steps may lie in each other. */
  readonly depth: number;
  readonly cleanup: boolean;
  /** So many attempts have steps that may fail for a while. */
  readonly maxAttempts: number;
  /** Durations of waits, and of what bounds them. */
  readonly waits: readonly string[];
  readonly bounds: readonly string[];
  /** RFC 3339: what waits until a moment wait for. */
  readonly until: string;
  /** Each wait takes events of its own run only. */
  readonly ownEvents: boolean;
  /** Steps are of these kinds. */
  readonly kinds: readonly StepKind[];
}

export const PLAIN_FLOW: FlowOptions = {
  mayHalt: true,
  races: true,
  maxSteps: 10,
  workflows: ['other'],
  depth: 1,
  cleanup: true,
  maxAttempts: 3,
  waits: ['1h', '1ms', '2d'],
  bounds: ['2h', '3h'],
  until: '2025-11-25T00:00:00Z',
  ownEvents: false,
  kinds: STEP_KINDS,
};

export interface RandomGraph {
  steps: Record<string, unknown>[];
  edges: Record<string, unknown>[];
}
export interface RandomFlow {
  graph: RandomGraph;
  settings?: Record<string, unknown>;
}

/** What every payload has: flags for conditions, and a list for foreach steps. */
export interface FlowPayload {
  p: boolean;
  q: boolean;
  r: boolean;
  items: number[];
}

const FLAGS = ['p', 'q', 'r'];
const CONDITIONS = FLAGS.flatMap((flag) => [`payload.${flag}`, `!payload.${flag}`]);
const WORKING: readonly StepKind[] = ['connector', 'agent', 'http', 'code'];

export function randomPayload(draw: Draw): FlowPayload {
  const [p, q, r] = [draw.int(2) === 1, draw.int(2) === 1, draw.int(2) === 1];
  return { p, q, r, items: Array.from({ length: draw.int(4) }, (_, index) => index * 10 + draw.int(10)) };
}

export function randomFlow(draw: Draw, options: FlowOptions): RandomFlow {
  const graph = randomGraph(draw, options, '');
  if (!options.cleanup || !oneIn(draw, 3)) return { graph };
  graph.steps.push({
    id: 'tidy',
    type: 'connector',
    connection: 'c',
    action: 'noop.run',
    retry: { max_attempts: options.maxAttempts },
  });
  if (oneIn(draw, 2)) {
    graph.steps.push({ id: 'told', type: 'transform', output: 'told' });
    graph.edges.push({ from: 'tidy', to: 'told' });
  }
  return { graph, settings: { on_cancel: { goto: 'tidy' } } };
}

/** @param prefix of the ids: not empty inside a foreach step. @param outer a step around it that has settled. */
function randomGraph(draw: Draw, options: FlowOptions, prefix: string, outer?: string): RandomGraph {
  const steps: Record<string, unknown>[] = [];
  const edges: Record<string, unknown>[] = [];
  const withElse = new Set<string>();
  const count = 1 + draw.int(prefix === '' ? options.maxSteps : 3);
  for (let index = 0; index < count; index += 1) {
    const id = `${prefix}s${index}`;
    const sources = new Set(Array.from({ length: index === 0 ? 0 : draw.int(4) }, () => draw.int(index)));
    const from = [...sources].map(
      (source) => steps.find((step) => step['id'] === `${prefix}s${source}`) as Record<string, unknown>,
    );
    const any = options.races && oneIn(draw, 6);
    // What a step refers to has settled when it begins only if it waits for all.
    const parent = any ? undefined : (from[0]?.['id'] as string | undefined);
    const step = randomStep(draw, options, id, { parent, prefix, outer });
    if (any) step['join'] = 'any';
    if (oneIn(draw, 8)) step['when'] = `payload.${pick(draw, FLAGS)}`;
    steps.push(step);
    addFallback(draw, options, step, steps);
    for (const source of from) edges.push(randomEdge(draw, source, id, withElse));
  }
  return { steps, edges };
}

function randomEdge(draw: Draw, source: Record<string, unknown>, to: string, withElse: Set<string>): Record<string, unknown> {
  const from = source['id'] as string;
  let condition = oneIn(draw, 2) ? pick(draw, CONDITIONS) : null;
  // A branch in mode first has one edge without condition at most.
  if (condition === null && source['type'] === 'branch' && source['mode'] !== 'all') {
    if (withElse.has(from)) condition = 'payload.p';
    withElse.add(from);
  }
  return condition === null ? { from, to } : { from, to, condition };
}

function addFallback(draw: Draw, options: FlowOptions, step: Record<string, unknown>, steps: Record<string, unknown>[]): void {
  const type = step['type'] as string;
  if (!(WORKING as string[]).includes(type) && type !== 'foreach' && type !== 'flow') return;
  const handling = draw.int(3);
  if (handling === 0 && options.mayHalt) return;
  if (handling === 2) {
    step['on_error'] = { goto: `${step['id'] as string}_f` };
    steps.push({ id: `${step['id'] as string}_f`, type: 'transform', output: 'fallback' });
  } else step['on_error'] = 'continue';
}

interface Place {
  readonly parent: string | undefined;
  readonly prefix: string;
  readonly outer: string | undefined;
}

function randomStep(draw: Draw, options: FlowOptions, id: string, { parent, prefix, outer }: Place): Record<string, unknown> {
  const input: Record<string, unknown> = { from: id, upstream: parent === undefined ? '${ payload.p }' : outputOf(parent) };
  if (prefix !== '') input['item'] = '${ item }';
  if (outer !== undefined) input['outer'] = outputOf(outer);
  let kind: StepKind = pick(draw, options.kinds);
  if (kind === 'foreach' && options.depth === 0) kind = 'connector';
  if (kind === 'flow' && options.workflows.length === 0) kind = 'agent';
  const retry = { max_attempts: options.mayHalt ? 1 + draw.int(options.maxAttempts) : options.maxAttempts };
  switch (kind) {
    case 'connector':
      return { id, type: kind, connection: 'c', action: 'noop.run', input, retry, ...twoStage(draw, options) };
    case 'agent':
      return { id, type: kind, agent: 'a', input, retry, ...twoStage(draw, options) };
    case 'http':
      return { id, type: kind, url: 'https://example.com/', method: 'POST', body: input, retry };
    case 'code':
      return { id, type: kind, source: 'export default (input) => input', input, retry };
    case 'transform':
      return { id, type: kind, output: input };
    case 'branch':
      return { id, type: kind, ...(oneIn(draw, 2) ? { mode: 'all' } : {}) };
    case 'wait':
      return { id, type: 'wait', for: pick(draw, options.waits) };
    case 'until':
      return { id, type: 'wait', until: JSON.stringify(options.until) };
    case 'event': {
      const own = `event.data.run == run.id && event.data.for == "${id}"`;
      const match = options.ownEvents ? { match: own } : oneIn(draw, 2) ? { match: `event.data.for == "${id}"` } : {};
      const since = pick(draw, [{}, { since: 'run' }, { since: '30d' }]);
      return {
        id,
        type: 'wait',
        event: {
          type: `ev.${id}`,
          ...match,
          ...since,
          ...(options.races && oneIn(draw, 2) ? { timeout: pick(draw, options.bounds) } : {}),
        },
      };
    }
    case 'approval':
      return { id, type: kind, input, ...due(draw, options) };
    case 'foreach':
      return {
        id,
        type: kind,
        items: 'payload.items',
        graph: randomGraph(draw, { ...options, depth: options.depth - 1, maxSteps: 3 }, `${id}_`, parent),
        concurrency: 1 + draw.int(3),
        ...(oneIn(draw, 2) || !options.mayHalt ? { on_item_error: 'continue' } : {}),
      };
    case 'flow':
      return {
        id,
        type: kind,
        workflow: pick(draw, options.workflows),
        input: '${ payload }',
        ...(oneIn(draw, 4) ? { wait: false } : {}),
      };
  }
}

function twoStage(draw: Draw, options: FlowOptions): Record<string, unknown> {
  if (!oneIn(draw, 4)) return {};
  const policy = due(draw, options);
  return { approval: Object.keys(policy).length === 0 ? true : policy };
}

function due(draw: Draw, options: FlowOptions): Record<string, unknown> {
  return options.races && oneIn(draw, 2)
    ? {
        due: pick(draw, options.bounds),
        on_due: pick(draw, options.mayHalt ? ['reject', 'approve', 'fail'] : ['reject', 'approve']),
      }
    : {};
}

function outputOf(stepId: string): string {
  return `\${ steps.${stepId}.output }`;
}
