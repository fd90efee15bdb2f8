import { describe, expect, it } from '@jest/globals';
import type { RunItem, StepRunView } from '../gateway/views.js';
import { problemsOf, summaryTable, type DemoEntry } from './summary.js';

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
const step = (step_id: string, status: string, startMs: number): StepRunView => ({
  step_id,
  status,
  started_at: at(startMs),
  ended_at: null,
});

function entry(name: string, run?: Partial<RunItem>, steps: readonly StepRunView[] = []): DemoEntry {
  const whole: RunItem = {
    id: `run_${name}`,
    status: 'completed',
    error: null,
    created_at: at(0),
    started_at: at(1),
    ended_at: at(42),
    ...run,
  };
  return { lead: { id: `lead_${name}`, name }, found: run && { run: whole, steps } };
}

const ENTRIES = [
  entry('Mara', {}, [step('enrich', 'completed', 1), step('qualified', 'completed', 2), step('add', 'completed', 3)]),
  entry('Bo', {}, [step('enrich', 'completed', 1), step('qualified', 'completed', 2)]),
  entry(
    'Grace',
    { status: 'failed', ended_at: at(2_000), error: { code: 'conflict', message: 'The CRM answered 409', step_id: 'add' } },
    [step('add', 'failed', 3)],
  ),
  entry('Slow', { status: 'running', ended_at: null }, [step('enrich', 'scheduled', 1)]),
  entry('Lost'),
];

describe('summaryTable', () => {
  it('has a line per lead', () => {
    expect(summaryTable(ENTRIES)).toBe(
      [
        'lead   path taken                steps  duration  status',
        '─────  ────────────────────────  ─────  ────────  ─────────',
        'Mara   enrich → qualified → add      3    0.04 s  completed',
        'Bo     enrich → qualified            2    0.04 s  completed',
        'Grace  add (failed)                  1     2.0 s  failed',
        'Slow   enrich (scheduled)            1         –  running',
        'Lost   –                             0         –  no run',
      ].join('\n'),
    );
  });
});

describe('problemsOf', () => {
  it('says which run did not complete, and why', () => {
    expect(problemsOf(ENTRIES, 60)).toEqual([
      'Grace: run_Grace failed at add: conflict: The CRM answered 409',
      'Slow: run_Slow is running after 60 s, at enrich (scheduled)',
      'Lost: no run started within 60 s of the segment entry',
    ]);
    expect(problemsOf(ENTRIES.slice(0, 2), 60)).toEqual([]);
  });
});
