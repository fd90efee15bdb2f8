import { isMap, kindOf, kindWord, type CelValue, type StaticKind } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';

/**
 * Paths: `payload.lead.email`, `steps["enrich"].output.items[0]`. Only own properties are read; a missing key is a failure that
 * names the path, and in the forms below `undefined`, for `has` and `default`.
 */
interface Path {
  readonly base: (frame: Frame) => CelValue | undefined;
  readonly keys: readonly PathKey[];
  readonly kind: StaticKind;
  readonly plain: boolean;
  readonly weight: number;
  readonly baseText: string;
}
interface PathKey {
  /** Known before evaluation, or null when computed. */
  readonly fixed: string | number | null;
  readonly computed: LinkedNode | null;
  /** The path up to and with this key, as written. */
  readonly text: string;
}

export function linkAccess(node: CelNode, scope: LinkScope): LinkedNode {
  const path = readPath(node, scope);
  const { base, keys, kind, plain, weight } = path;
  const run = (frame: Frame): CelValue => {
    let value = base(frame);
    if (value === undefined) throw new EvaluationFailure('no_such_key', `${path.baseText}: not known here`);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] as PathKey;
      const name = key.fixed ?? keyValue(key, frame);
      const next = member(value, name);
      if (next === undefined) throw missing(value, name, key, index === 0 ? path.baseText : (keys[index - 1] as PathKey).text);
      value = next;
    }
    return value;
  };
  return { run, kind, plain, weight };
}

/** The value at the path, or undefined when any part of it is missing; null counts as a value only at the end. */
export function linkOptionalAccess(
  node: CelNode,
  scope: LinkScope,
): { run: (frame: Frame) => CelValue | undefined; kind: StaticKind; plain: boolean; weight: number } {
  const path = readPath(node, { ...scope, optional: true });
  const { base, keys } = path;
  const run = (frame: Frame): CelValue | undefined => {
    let value = base(frame);
    for (let index = 0; index < keys.length && value !== undefined; index += 1) {
      const key = keys[index] as PathKey;
      value = member(value, key.fixed ?? keyValue(key, frame));
    }
    return value;
  };
  return { run, kind: path.kind, plain: path.plain, weight: path.weight };
}

export function isPath(node: CelNode): boolean {
  return node.op === 'id' || node.op === '.' || node.op === '[]';
}

/** An own property or an element, else undefined. */
function member(value: CelValue, key: string | number): CelValue | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  return typeof key === 'string' && isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function keyValue(key: PathKey, frame: Frame): string | number {
  const value = (key.computed as LinkedNode).run(frame);
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw new EvaluationFailure('type_mismatch', `${key.text}: a key is a text or a whole number, not ${kindWord(kindOf(value))}`);
}

function missing(holder: CelValue, name: string | number, key: PathKey, holderText: string): EvaluationFailure {
  const shown = key.fixed === null ? ` ${JSON.stringify(name)}` : '';
  if (Array.isArray(holder) && typeof name === 'number') {
    return new EvaluationFailure('index_out_of_bounds', `${key.text}: no such element${shown}, the list has ${holder.length}`);
  }
  const kind = kindOf(holder);
  const why = kind === 'map' ? '' : ` (${holderText} is ${kindWord(kind)})`;
  return new EvaluationFailure('no_such_key', `${key.text}: no such key${shown}${why}`);
}

function readPath(node: CelNode, scope: LinkScope): Path {
  const steps: CelNode[] = [];
  let at = node;
  while (at.op === '.' || at.op === '[]') {
    steps.unshift(at);
    at = at.args[0];
  }
  const keys = steps.map((step) => readKey(step, { ...scope, optional: false }));
  const weight = 1 + keys.reduce((sum, key) => sum + 1 + (key.computed?.weight ?? 0), 0);
  if (at.op !== 'id') {
    const base = scope.link(at, scope);
    checkHasKeys(base.kind, at, keys);
    return {
      base: base.run,
      keys,
      kind: keys.length === 0 ? base.kind : 'dyn',
      plain: base.plain,
      weight: weight + base.weight,
      baseText: sourceOf(at),
    };
  }
  const name = at.args;
  const slot = scope.locals.get(name);
  if (slot !== undefined) {
    return { base: (frame) => frame.locals[slot], keys, kind: 'dyn', plain: false, weight, baseText: name };
  }
  if (!scope.names.includes(name)) throw unknownName(name, scope);
  const computedAt = keys.findIndex((key) => key.fixed === null);
  const segments = keys.slice(0, computedAt === -1 ? keys.length : computedAt).map((key) => key.fixed as string | number);
  const whole = computedAt === -1;
  scope.references.push({ root: name, segments, optional: scope.optional, computed: !whole, text: sourceOf(node) });
  const kind = whole ? scope.kindOfReference(name, segments) : 'dyn';
  const base = (frame: Frame): CelValue | undefined => (Object.hasOwn(frame.context, name) ? frame.context[name] : undefined);
  return { base, keys, kind, plain: true, weight, baseText: name };
}

function readKey(step: CelNode, scope: LinkScope): PathKey {
  const text = sourceOf(step);
  if (step.op === '.') return { fixed: allowedKey(step.args[1]), computed: null, text };
  const index = scope.link((step.args as [CelNode, CelNode])[1], scope);
  const { constant } = index;
  if (typeof constant === 'string') return { fixed: allowedKey(constant), computed: null, text };
  if (typeof constant === 'bigint' || typeof constant === 'number') return { fixed: Number(constant), computed: null, text };
  if (!['dyn', 'string', 'int', 'double'].includes(index.kind)) {
    throw new StaticProblem('type_mismatch', `${text}: a key is a text or a whole number, not ${kindWord(index.kind)}`);
  }
  return { fixed: null, computed: index, text };
}

/** `__proto__` is no key of data that anybody means; refused early, although only own properties are ever read. */
function allowedKey(key: string): string {
  if (key === '__proto__') throw new StaticProblem('invalid_expression', '"__proto__" cannot be used as a key');
  return key;
}

function checkHasKeys(kind: StaticKind, base: CelNode, keys: readonly PathKey[]): void {
  if (keys.length > 0 && !['dyn', 'map', 'list'].includes(kind)) {
    throw new StaticProblem(
      'type_mismatch',
      `${(keys[0] as PathKey).text}: ${sourceOf(base)} is ${kindWord(kind)}, it has no keys`,
    );
  }
}

const ONLY_IN_FOREACH = ' (only the graph of a foreach step has it)';
const HINTS: Partial<Record<string, string>> = Object.assign(Object.create(null) as object, {
  now: ' (expressions cannot read the clock)',
  today: ' (expressions cannot read the clock)',
  item: ONLY_IN_FOREACH,
  index: ONLY_IN_FOREACH,
});

function unknownName(name: string, scope: LinkScope): StaticProblem {
  const known = [...scope.locals.keys(), ...scope.names];
  const hint = HINTS[name] ?? '';
  return new StaticProblem('unknown_reference', `"${name}" is not known here${hint}; there is ${known.join(', ')}`);
}
