import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { checkI5 } from './i5-legal-edges.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI5(evidence).map(({ what }) => what);
/** Appends a fact to a run, as a copy of another with what is given. */
function append(runId: string, fact: Record<string, unknown>): void {
  const last = evidence.facts.findLast(({ run_id }) => run_id === runId)!;
  evidence.facts.push({ ...last, seq: last.seq + 1, ...fact });
}

describe('I5: legal edges', () => {
  it('names what follows the end', () => {
    append(busy.branching, { type: 'step.scheduled', step_id: 'yes' });
    expect(said()).toEqual([expect.stringContaining('the run had ended')]);
  });

  it('names a second end', () => {
    append(busy.branching, { type: 'run.failed', step_id: undefined, data: { error: {} } });
    expect(said()).toEqual([expect.stringContaining('the run was completed')]);
  });

  it('names a retry of a completed run', () => {
    append(busy.branching, { type: 'run.retried', step_id: undefined, data: { reset: [], from: [], live_edges: [] } });
    expect(said()).toEqual([expect.stringContaining('the run was completed')]);
  });

  it('names a step that goes on after it had settled', () => {
    const end = evidence.facts.findIndex(({ run_id, type }) => run_id === busy.branching && type === 'run.completed');
    evidence.facts.splice(end, 1);
    append(busy.branching, { type: 'step.completed', step_id: 'yes' });
    expect(said()).toEqual([expect.stringContaining('the step was settled')]);
  });

  it('names a step before the run began', () => {
    evidence.facts = evidence.facts.filter(({ run_id, type }) => run_id !== busy.waited || type !== 'run.started');
    expect(said()[0]).toContain('the run had not begun');
  });

  it('names a run that completes with a step open', () => {
    evidence.facts = evidence.facts.filter(
      ({ run_id, type, step_id }) => run_id !== busy.branching || type !== 'step.completed' || step_id !== 'joined',
    );
    expect(said()).toEqual([expect.stringContaining('with joined open')]);
  });
});
