import { CelDuration, CelTimestamp, isMap, type CelValue } from './cel-value.js';
import type { Frame } from './frame.js';

/**
 * Equality of CEL: numbers by value whatever their kind, other kinds never equal to each other, lists and maps by their members.
 * Total: it never fails, except that a comparison of huge values spends the budget.
 */
export function areEqual(left: CelValue, right: CelValue, frame: Frame): boolean {
  if (left === right) return true;
  if (typeof left === 'string') {
    if (typeof right === 'string' && left.length === right.length) frame.spendText(left.length);
    return false;
  }
  // eslint-disable-next-line eqeqeq -- a BigInt and a number are equal by value under == only
  if (typeof left === 'bigint' || typeof right === 'bigint') return isNumber(left) && isNumber(right) && left == right;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  frame.spend(1);
  if (Array.isArray(left)) return Array.isArray(right) && listsEqual(left, right, frame);
  if (left instanceof CelTimestamp) return right instanceof CelTimestamp && left.ms === right.ms;
  if (left instanceof CelDuration) return right instanceof CelDuration && left.ms === right.ms;
  return isMap(right) && mapsEqual(left, right, frame);
}

function isNumber(value: CelValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function listsEqual(left: CelValue[], right: CelValue[], frame: Frame): boolean {
  if (left.length !== right.length) return false;
  frame.spend(left.length);
  return left.every((member, index) => areEqual(member, right[index] as CelValue, frame));
}

function mapsEqual(left: { [key: string]: CelValue }, right: { [key: string]: CelValue }, frame: Frame): boolean {
  const keys = Object.keys(left);
  const { length } = Object.keys(right);
  frame.spend(keys.length + length);
  if (keys.length !== length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && areEqual(left[key] as CelValue, right[key] as CelValue, frame));
}
