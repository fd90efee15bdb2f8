import fc from 'fast-check';
import { Tape } from './draw.js';
import { randomFlow, randomPayload, type FlowOptions, type FlowPayload, type RandomFlow } from './random-flow.js';

export interface ArbitraryFlow {
  definition: RandomFlow;
  payload: FlowPayload;
}

/** Random flows, made of a tape of choices: a shorter tape, and smaller numbers on it, make a plainer flow. */
export function arbitraryFlow(options: FlowOptions): fc.Arbitrary<ArbitraryFlow> {
  return fc.array(fc.nat(0xffff), { minLength: 100, maxLength: 200, size: 'max' }).map((values) => {
    const tape = new Tape(values);
    const payload = randomPayload(tape);
    return { payload, definition: randomFlow(tape, options) };
  });
}
