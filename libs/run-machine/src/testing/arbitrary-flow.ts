import fc from 'fast-check';

/**
 * Random flows that compile by construction: acyclic (edges go forward), every step reachable, conditions over the payload,
 * all step types of the engine, retries and fallbacks.
 */
export interface ArbitraryFlow {
  definition: { graph: { steps: Record<string, unknown>[]; edges: Record<string, unknown>[] } };
  payload: Record<string, boolean>;
  halts: boolean;
}

const FLAGS = ['p', 'q', 'r'];
const arbitraryStep = fc.record({
  type: fc.constantFrom('connector', 'agent', 'http', 'transform', 'branch', 'wait'),
  mode: fc.constantFrom('first', 'all'),
  join: fc.constantFrom('all', 'any'),
  when: fc.option(fc.constantFrom(...FLAGS), { freq: 6 }),
  onError: fc.constantFrom('halt', 'continue', 'goto'),
  attempts: fc.integer({ min: 1, max: 3 }),
  /** Earlier steps that lead here, as fractions of what is there. */
  from: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 0, maxLength: 3 }),
  conditions: fc.array(
    fc.option(fc.constantFrom(...FLAGS.flatMap((flag) => [`payload.${flag}`, `!payload.${flag}`])), { freq: 2 }),
    { minLength: 3, maxLength: 3 },
  ),
});

export function arbitraryFlow(options: { mayHalt: boolean }): fc.Arbitrary<ArbitraryFlow> {
  return fc
    .record({
      steps: fc.array(arbitraryStep, { minLength: 1, maxLength: 12 }),
      payload: fc.record({ p: fc.boolean(), q: fc.boolean(), r: fc.boolean() }),
    })
    .map(({ steps: drafts, payload }) => {
      const steps: Record<string, unknown>[] = [];
      const edges: Record<string, unknown>[] = [];
      const elseTaken = new Set<string>();
      let halts = false;
      drafts.forEach((draft, index) => {
        const id = `s${index}`;
        const step: Record<string, unknown> = { id, type: draft.type };
        if (draft.join === 'any') step['join'] = 'any';
        if (draft.when !== null) step['when'] = `payload.${draft.when}`;
        if (draft.type === 'branch') step['mode'] = draft.mode;
        if (draft.type === 'wait') step['for'] = '1h';
        if (draft.type === 'transform') step['output'] = { from: id };
        if (draft.type === 'connector') Object.assign(step, { connection: 'c', action: 'noop.run' });
        if (draft.type === 'agent') step['agent'] = 'a';
        if (draft.type === 'http') step['url'] = 'https://example.com/';
        if (draft.type === 'connector' || draft.type === 'agent' || draft.type === 'http') {
          step['retry'] = { max_attempts: draft.attempts };
          if (draft.onError === 'goto' && options.mayHalt === false) step['on_error'] = 'continue';
          else if (draft.onError !== 'halt' || !options.mayHalt)
            step['on_error'] = draft.onError === 'goto' ? { goto: `f${index}` } : 'continue';
          else halts = true;
        }
        steps.push(step);
        if (typeof step['on_error'] === 'object') steps.push({ id: `f${index}`, type: 'transform', output: 'fallback' });
        const sources = new Set(draft.from.map((fraction) => Math.floor(fraction * index)).filter((source) => source < index));
        [...sources].forEach((source, position) => {
          const from = `s${source}`;
          let condition = draft.conditions[position] ?? null;
          // A branch in mode first has one edge without condition at most.
          if (condition === null && drafts[source]?.type === 'branch' && drafts[source].mode === 'first') {
            if (elseTaken.has(from)) condition = 'payload.p';
            elseTaken.add(from);
          }
          edges.push(condition === null ? { from, to: id } : { from, to: id, condition });
        });
      });
      return { definition: { graph: { steps, edges } }, payload, halts };
    });
}
