import { linkAccess } from './link-access.js';
import { linkArithmetic, linkMinus } from './link-arithmetic.js';
import { linkCall, linkMethod } from './link-call.js';
import { linkEquality, linkMembership, linkOrder } from './link-comparison.js';
import { linkConstant, linkList, linkMap } from './link-literal.js';
import { linkLogical, linkNot, linkTernary } from './link-logic.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';

/** Turns a syntax tree into functions, bottom up, once; evaluating allocates nothing but results. */
export function linkNode(node: CelNode, scope: LinkScope): LinkedNode {
  switch (node.op) {
    case 'value':
      return linkConstant(node);
    case 'id':
    case '.':
    case '[]':
      return linkAccess(node, scope);
    case 'list':
      return linkList(node, scope);
    case 'map':
      return linkMap(node, scope);
    case 'call':
      return linkCall(node, scope);
    case 'rcall':
      return linkMethod(node, scope);
    case '&&':
      return linkLogical(node, false, scope);
    case '||':
      return linkLogical(node, true, scope);
    case '!_':
      return linkNot(node, scope);
    case '?:':
      return linkTernary(node, scope);
    case '==':
    case '!=':
      return linkEquality(node, node.op === '!=', scope);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return linkOrder(node, scope);
    case 'in':
      return linkMembership(node, scope);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return linkArithmetic(node, scope);
    case '-_':
      return linkMinus(node, scope);
    default:
      throw new StaticProblem('invalid_expression', `${sourceOf(node)}: "${node.op}" is not supported`);
  }
}
