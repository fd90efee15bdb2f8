import type { JsonObject, JsonValue } from '@flows/contracts';
import { findByName } from './find-by-name.js';

const BASE = 10;
const EMPLOYEES: readonly [number, number][] = [
  [1000, 35],
  [200, 30],
  [50, 20],
  [10, 10],
  [1, 5],
];
const SENIORITY: readonly [RegExp, number][] = [
  [/\b(c[a-z]o|chief|founder|co-founder|owner|president)\b/i, 35],
  [/\b(vp|vice president|head|director)\b/i, 30],
  [/\b(manager|lead|principal)\b/i, 18],
  [/\S/, 8],
];
const INDUSTRIES: readonly [RegExp, number][] = [
  [/software|saas|technology|internet|fintech|information|\bit\b/i, 20],
  [/financ|insur|telecom|media|marketing|consult|health/i, 12],
  [/\S/, 5],
];

/** A plain rule of thumb from 0 to 100: company size, seniority of the title, industry. No more than what the input says counts. */
export function scoreLead(input: JsonValue): number {
  const employees = findByName(input, 'employees');
  const size = typeof employees === 'number' ? (EMPLOYEES.find(([least]) => employees >= least)?.[1] ?? 0) : 0;
  return Math.min(
    100,
    BASE + size + rate(findByName(input, 'title'), SENIORITY) + rate(findByName(input, 'industry'), INDUSTRIES),
  );
}

function rate(value: JsonValue | undefined, scale: readonly [RegExp, number][]): number {
  return typeof value === 'string' ? (scale.find(([pattern]) => pattern.test(value))?.[1] ?? 0) : 0;
}

/** What the score was made of, in one line. */
export function describeLead(input: JsonValue): string {
  const company = findByName(input, 'company');
  const companyName = company !== undefined && isObject(company) ? company['name'] : company;
  const known = [
    ['name', findByName(input, 'name')],
    ['title', findByName(input, 'title')],
    ['company', companyName],
    ['industry', findByName(input, 'industry')],
    ['employees', findByName(input, 'employees')],
  ].flatMap(([label, value]) => (typeof value === 'string' || typeof value === 'number' ? [`${String(label)} ${value}`] : []));
  return `Made by offline rules from ${known.length === 0 ? 'an input without known fields' : known.join(', ')}.`;
}

function isObject(value: JsonValue): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
