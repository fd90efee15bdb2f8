/** The table at the end of the demo, and whether it went well. Pure. */
import { formatTable } from '../console/table.js';
import type { Lead } from '../crm/crm.client.js';
import { pathText, showDuration, stepsTaken, type DemoRun } from './demo-runs.js';

export interface DemoEntry {
  readonly lead: Lead;
  /** Undefined: no run started for it. */
  readonly found: DemoRun | undefined;
}

const COLUMNS = [
  { title: 'lead' },
  { title: 'path taken' },
  { title: 'steps', align: 'right' },
  { title: 'duration', align: 'right' },
  { title: 'status' },
] as const;

export function summaryTable(entries: readonly DemoEntry[]): string {
  return formatTable(
    COLUMNS,
    entries.map(({ lead, found }) =>
      found === undefined
        ? [lead.name, '–', '0', '–', 'no run']
        : [lead.name, pathText(found.steps), String(stepsTaken(found.steps).length), showDuration(found.run), found.run.status],
    ),
  );
}

/** One sentence for each lead whose run did not complete; empty when all did. */
export function problemsOf(entries: readonly DemoEntry[], waitedSeconds: number): readonly string[] {
  return entries.flatMap(({ lead, found }) => {
    if (found === undefined) return [`${lead.name}: no run started within ${waitedSeconds} s of the segment entry`];
    const { id, status, error } = found.run;
    if (status === 'completed') return [];
    if (error !== null) return [`${lead.name}: ${id} ${status}${atStep(error.step_id)}: ${error.code}: ${error.message}`];
    return [`${lead.name}: ${id} is ${status} after ${waitedSeconds} s, at ${pathText(found.steps)}`];
  });
}

function atStep(stepId: string | null | undefined): string {
  return stepId ? ` at ${stepId}` : '';
}
