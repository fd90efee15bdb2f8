import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { JsonValue } from '@flows/contracts';
import type { ExpressionContext } from '../plan/flow-plan.js';
import { compileExpression } from './compile-expression.js';

interface GoldenCase {
  cel: string;
  value?: JsonValue;
  error?: string;
  message?: string;
}
const golden = JSON.parse(readFileSync(new URL('./golden-expressions.json', import.meta.url), 'utf8')) as {
  context: ExpressionContext;
  cases: GoldenCase[];
};

describe('golden expressions', () => {
  it.each(golden.cases.map((golden) => [golden.cel, golden] as const))('%s', (cel, { value, error, message }) => {
    const compiled = compileExpression(cel);
    if (!compiled.ok) throw new Error(`${compiled.code}: ${compiled.message}`);
    const result = compiled.expression.evaluate(golden.context);
    if (error === undefined) return expect(result).toEqual({ ok: true, value });
    expect(result).toMatchObject({ ok: false, code: error, ...(message === undefined ? {} : { message }) });
  });

  it('leaves the context as it was', () => {
    const before = JSON.stringify(golden.context);
    for (const { cel } of golden.cases) {
      const compiled = compileExpression(cel);
      if (compiled.ok) compiled.expression.evaluate(golden.context);
    }
    expect(JSON.stringify(golden.context)).toBe(before);
  });
});
