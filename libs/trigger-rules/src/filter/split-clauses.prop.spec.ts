import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileEventCondition } from './event-condition.js';
import { splitClauses } from './split-clauses.js';

/** Boolean expressions over three flags of the event, with strings and brackets that try to mislead the splitter. */
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(
      'event.data.p',
      'event.data.q',
      'event.data["r"]',
      'event.data.s == "a && b"',
      "event.data.s != '(\\'||'",
      '[event.data.p][0]',
    ),
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `${a} && ${b}`),
    fc.tuple(tie('filter'), tie('filter')).map(([a, b]) => `${a} || ${b}`),
    tie('filter').map((a) => `(${a})`),
    tie('filter').map((a) => `!(${a})`),
    fc.tuple(tie('filter'), tie('filter'), tie('filter')).map(([a, b, c]) => `(${a}) ? ${b} : ${c}`),
  ),
}));
const data = fc.record({ p: fc.boolean(), q: fc.boolean(), r: fc.boolean(), s: fc.constantFrom('a && b', "('||", '') });

const truth = (source: string, event: { data: object }): boolean => {
  const compiled = compileEventCondition(source);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.message}`);
  const result = compiled.condition.test({ event: event as never });
  if (!result.ok) throw new Error(`${source}: ${result.message}`);
  return result.value;
};

describe('splitClauses', () => {
  it('gives clauses that compile on their own and are all true exactly when the filter is', () => {
    fc.assert(
      fc.property(filter, data, (source, values) => {
        const event = { data: values };
        const clauses = splitClauses(source);
        expect(clauses.every((clause) => truth(clause, event))).toBe(truth(source, event));
      }),
      { numRuns: 500 },
    );
  });
});
