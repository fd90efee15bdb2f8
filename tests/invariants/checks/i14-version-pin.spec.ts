import { describe, expect, it } from '@jest/globals';
import { busyWorld } from '../testing/busy-world.js';
import { factOf } from '../testing/evidence.world.js';
import { checkI14 } from './i14-version-pin.js';

describe('I14: a run follows its version', () => {
  it('names a step that its version does not have', () => {
    const { world } = busyWorld();
    factOf(world.evidence, 'step.skipped').step_id = 'elsewhere';
    expect(checkI14(world.evidence)).toEqual([expect.objectContaining({ what: expect.stringContaining('elsewhere') })]);
  });

  it('names work that its version does not say', () => {
    const { world } = busyWorld();
    factOf(world.evidence, 'step.scheduled', 'joined').data.work = { kind: 'connector', connection: 'crm', action: 'noop.other' };
    expect(checkI14(world.evidence)).toEqual([expect.objectContaining({ what: expect.stringContaining('noop.other') })]);
  });

  it('names a run that began with another version, and one that follows a draft', () => {
    const { world, waiting } = busyWorld();
    factOf(world.evidence, 'run.started').data.version = 2;
    const run = world.evidence.runs.find(({ id }) => id === waiting)!;
    world.evidence.versions.find(({ workflow_id }) => workflow_id === run.workflow_id)!.status = 'draft';
    expect(checkI14(world.evidence).map(({ what }) => what)).toEqual([
      'version 1, which it follows, is draft',
      'it began with version 2, and is pinned to 1',
    ]);
  });
});
