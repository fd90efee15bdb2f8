import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence, FactRow } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { factOf } from '../testing/evidence.world.js';
import { checkI16 } from './i16-path-sound.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI16(evidence).map(({ what }) => what);
const drop = (wanted: (fact: FactRow) => boolean) => (evidence.facts = evidence.facts.filter((fact) => !wanted(fact)));

describe('I16: the path is sound', () => {
  it('names a step to which no live edge leads', () => {
    factOf(evidence, 'step.completed', 'choose').data.live_edges = [];
    expect(said()).toEqual(expect.arrayContaining([expect.stringContaining('yes, to which no live edge leads')]));
  });

  it('names a branch that takes more than the first', () => {
    factOf(evidence, 'step.completed', 'choose').data.live_edges = [0, 1];
    expect(said()).toEqual(expect.arrayContaining([expect.stringContaining('takes the first edge that holds, and took 2')]));
  });

  it('names an edge that is not the step’s own', () => {
    factOf(evidence, 'step.completed', 'joined').data.live_edges = [0];
    expect(said()).toEqual([expect.stringContaining('which is not its own')]);
  });

  it('names a step that was forgotten', () => {
    drop(({ run_id, step_id }) => run_id === busy.branching && step_id === 'joined');
    expect(said()).toEqual(['a live path leads to joined, which never began']);
  });

  it('names a join that began too early', () => {
    drop(({ step_id }) => step_id === 'no');
    expect(said()).toEqual(expect.arrayContaining([expect.stringContaining('joined, before no settled')]));
  });

  it('names a retry that begins anew what was done', () => {
    const retried = factOf(evidence, 'run.retried');
    retried.data.reset = ['first', ...retried.data.reset];
    expect(said()).toEqual(expect.arrayContaining([expect.stringContaining('resets first, which does not follow from second')]));
    retried.data.from = ['first', 'second'];
    expect(said()).toEqual(expect.arrayContaining([expect.stringContaining('goes on from first, which had been done')]));
  });

  it('names an item that was run twice, one that was left out, and a child run that is not there', () => {
    const spawned = factOf(evidence, 'step.spawned', 'each');
    const [child] = spawned.data.children;
    spawned.data.children = [{ ...child!, index: 0 }];
    evidence.runs = evidence.runs.filter(({ item_index }) => item_index !== 1);
    expect(said()).toEqual(
      expect.arrayContaining([
        'item 0 was spawned twice',
        expect.stringContaining('completed with 2 of 3 items'),
        expect.stringMatching(/the child run .* was spawned, and is not there/),
      ]),
    );
  });

  it('names a child run of nobody', () => {
    const child = evidence.runs.find(({ item_index }) => item_index === 0)!;
    evidence.runs.push({ ...child, id: 'another' });
    expect(said()).toContain('the child run another is there, and was never spawned');
  });
});
