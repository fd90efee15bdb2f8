import { describe, expect, it } from '@jest/globals';
import { busyWorld } from '../testing/busy-world.js';
import { checkI11 } from './i11-tenancy.js';

describe('I11: tenancy', () => {
  it.each(['facts', 'timers', 'effects', 'calls'] as const)('names a row of %s that another workspace has', (table) => {
    const { evidence } = busyWorld().world;
    evidence[table][0]!.workspace_id = 'another';
    expect(checkI11(evidence)).toContainEqual(
      expect.objectContaining({ invariant: 'I11', what: expect.stringContaining('another') }),
    );
  });

  it('names a child run and a record of another workspace', () => {
    const { evidence } = busyWorld().world;
    const child = evidence.runs.find(({ parent_run_id }) => parent_run_id !== null)!;
    evidence.records.find(({ key }) => key !== child.id)!.headers['ce_workspaceid'] = 'another';
    expect(checkI11(evidence)).toHaveLength(1);
    child.workspace_id = 'another';
    expect(checkI11(evidence).some(({ what }) => what.includes(`child run ${child.id}`))).toBe(true);
  });
});
