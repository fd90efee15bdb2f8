import { kindOf, kindWord, type CelValue } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';

/** Constants, list and map literals. Bytes and unsigned ints of CEL have no place in JSON and are refused. */
export function linkConstant(node: CelNode): LinkedNode {
  const value = node.args as CelValue;
  if (typeof value === 'object' && value !== null) {
    throw new StaticProblem(
      'invalid_expression',
      `${sourceOf(node)}: bytes and unsigned numbers are not supported; write a text or a plain number`,
    );
  }
  return { run: () => value, kind: kindOf(value), plain: typeof value !== 'bigint', weight: 1, constant: value };
}

export function linkList(node: CelNode, scope: LinkScope): LinkedNode {
  const members = (node.args as CelNode[]).map((member) => scope.link(member, scope));
  const run = (frame: Frame): CelValue[] => members.map((member) => member.run(frame));
  return {
    run,
    kind: 'list',
    plain: members.every((member) => member.plain),
    weight: members.reduce((sum, member) => sum + member.weight, 1),
  };
}

export function linkMap(node: CelNode, scope: LinkScope): LinkedNode {
  const entries = (node.args as [CelNode, CelNode][]).map(([keyNode, valueNode]) => {
    const key = scope.link(keyNode, scope);
    if (key.kind !== 'string' && key.kind !== 'dyn') {
      throw new StaticProblem('type_mismatch', `${sourceOf(keyNode)}: a key is a text, not ${kindWord(key.kind)}`);
    }
    if (key.constant === '__proto__') throw new StaticProblem('invalid_expression', '"__proto__" cannot be used as a key');
    return { key, value: scope.link(valueNode, scope), text: sourceOf(keyNode) };
  });
  const run = (frame: Frame): CelValue => {
    const out: { [key: string]: CelValue } = {};
    for (const { key, value, text } of entries) {
      const name = key.run(frame);
      if (typeof name !== 'string')
        throw new EvaluationFailure('type_mismatch', `${text}: a key is a text, not ${kindWord(kindOf(name))}`);
      if (name === '__proto__') throw new EvaluationFailure('invalid_argument', `${text}: "__proto__" cannot be used as a key`);
      out[name] = value.run(frame);
    }
    return out;
  };
  return {
    run,
    kind: 'map',
    plain: entries.every(({ value }) => value.plain),
    weight: entries.reduce((sum, { key, value }) => sum + key.weight + value.weight, 1),
  };
}
