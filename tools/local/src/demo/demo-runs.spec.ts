import { describe, expect, it } from '@jest/globals';
import type { RunItem, StepRunView } from '../gateway/views.js';
import { changesOf, leadIdOf, pathText } from './demo-runs.js';

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
const step = (step_id: string, status: string, startMs: number | null = null): StepRunView => ({
  step_id,
  status,
  started_at: startMs === null ? null : at(startMs),
  ended_at: null,
});
const run = (status: RunItem['status'], endMs: number | null = null): RunItem => ({
  id: 'run_1',
  status,
  error: null,
  created_at: at(0),
  started_at: at(1),
  ended_at: endMs === null ? null : at(endMs),
});

describe('pathText', () => {
  it('shows the steps on the way in the order in which they began, not those that were skipped or not reached', () => {
    const steps = [
      step('add', 'completed', 30),
      step('enrich', 'completed', 10),
      step('qualified', 'completed', 20),
      step('other', 'skipped'),
      step('late', 'pending'),
    ];
    expect(pathText(steps)).toBe('enrich → qualified → add');
  });

  it('says how a step ended that did not complete', () => {
    expect(pathText([step('enrich', 'completed', 1), step('add', 'failed', 2)])).toBe('enrich → add (failed)');
    expect(pathText([])).toBe('–');
  });

  it('keeps the order of the graph within one millisecond', () => {
    expect(pathText([step('a', 'completed', 5), step('b', 'completed', 5)])).toBe('a → b');
  });
});

describe('changesOf', () => {
  it('has one line per new state', () => {
    const first = { run: run('running'), steps: [step('enrich', 'scheduled', 2)] };
    const second = {
      run: run('running'),
      steps: [step('enrich', 'completed', 2), step('qualified', 'completed', 4), step('add', 'scheduled', 5)],
    };
    const last = { run: run('completed', 1_300), steps: [...second.steps.slice(0, 2), step('add', 'completed', 5)] };
    expect(changesOf(undefined, first)).toEqual(['run started', 'enrich scheduled']);
    expect(changesOf(first, second)).toEqual(['enrich completed', 'qualified completed', 'add scheduled']);
    expect(changesOf(second, second)).toEqual([]);
    expect(changesOf(second, last)).toEqual(['add completed', 'run completed in 1.3 s']);
  });

  it('tells a run that ended before the first look from its steps on', () => {
    const ended = { run: run('completed', 40), steps: [step('enrich', 'completed', 2), step('add', 'skipped')] };
    expect(changesOf(undefined, ended)).toEqual(['enrich completed', 'add skipped', 'run completed in 0.04 s']);
  });
});

describe('leadIdOf', () => {
  it('knows the lead of an event and of a mapping', () => {
    expect(leadIdOf({ payload: { lead_id: 'lead_1' } })).toBe('lead_1');
    expect(leadIdOf({ payload: { lead: { id: 'lead_2' } } })).toBe('lead_2');
    expect(leadIdOf({ payload: null })).toBeNull();
  });
});
