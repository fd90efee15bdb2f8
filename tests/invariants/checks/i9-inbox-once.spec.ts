import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { factOf } from '../testing/evidence.world.js';
import { checkI9 } from './i9-inbox-once.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI9(evidence).map(({ what }) => what);

describe('I9: an input takes effect once', () => {
  it('holds when inputs come again', () => {
    const inputs = evidence.records.filter(({ topic }) => topic === evidence.topicNames.runInputs);
    evidence.records.push(...inputs.filter(({ headers }) => headers['ce_id']!.startsWith('rep:')));
    expect(said()).toEqual([]);
  });

  it('names an input that was lost', () => {
    const facts = evidence.facts.filter(({ run_id }) => run_id === busy.waited);
    const last = facts.at(-1)!.caused_by;
    evidence.facts = evidence.facts.filter(({ run_id, caused_by }) => run_id !== busy.waited || caused_by !== last);
    expect(said()).toEqual([
      expect.stringMatching(/^fact \d+ is missing; its inputs, each taken once, give step\.completed of after/),
    ]);
  });

  it('names an effect that no input has', () => {
    const report = factOf(evidence, 'step.completed', 'after').caused_by;
    evidence.records = evidence.records.filter(({ headers }) => headers['ce_id'] !== report);
    expect(said()).toEqual([expect.stringContaining('give missing')]);
  });

  it('names an input that lies in another partition than the others', () => {
    const report = factOf(evidence, 'step.completed', 'after').caused_by;
    evidence.records.find(({ headers }) => headers['ce_id'] === report)!.partition = 3;
    expect(said()).toEqual([expect.stringContaining('lies in partition 3, others in 0')]);
  });

  it('names an input that took effect twice, also where the order of inputs is not known', () => {
    evidence.conditions.inputsReordered = true;
    const facts = evidence.facts.filter(({ run_id }) => run_id === busy.waited);
    evidence.facts.push({ ...facts[1]!, seq: facts.length + 1, caused_by: facts[0]!.caused_by });
    expect(said()).toEqual([expect.stringContaining('took effect again')]);
  });
});
