/** The demo: leads enter the segment at the CRM, runs start by themselves, and each of their states becomes a line. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Say } from '../console/say.js';
import type { CrmClient, Lead } from '../crm/crm.client.js';
import type { JsonClient } from '../gateway/json-client.js';
import { isTerminal, type Page, type RunView, type StepRunView } from '../gateway/views.js';
import { prepareLeads } from './demo-leads.js';
import { changesOf, leadIdOf, type DemoRun } from './demo-runs.js';
import { DEMO } from './demo-workspace.js';
import { problemsOf, summaryTable, type DemoEntry } from './summary.js';

const DEADLINE_MS = 60_000;
const POLL_MS = 100;

export interface DemoOptions {
  readonly gateway: JsonClient;
  readonly crm: CrmClient;
  readonly workflowId: string;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/** Resolves with what went wrong, in a sentence each; empty when every run completed. @throws when aborted. */
export async function runDemo(options: DemoOptions): Promise<readonly string[]> {
  const { crm, say, signal } = options;
  const leads = await prepareLeads(crm);
  const runsBefore = new Set((await listRuns(options)).map(({ id }) => id));
  say(`\n${leads.length} leads enter the segment ${DEMO.segment} at the CRM:`);
  for (const lead of leads) await crm.enterSegment(DEMO.segment, lead.id);

  const watch = new RunWatch(options, leads, runsBefore);
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await watch.look()) && performance.now() < deadline) await delay(POLL_MS, undefined, { signal });
  say(`\n${summaryTable(watch.entries())}\n`);
  return problemsOf(watch.entries(), DEADLINE_MS / 1000);
}

function listRuns({ gateway, workflowId }: DemoOptions): Promise<readonly RunView[]> {
  return gateway.get<Page<RunView>>(`/api/v1/flows/runs?workflow_id=${workflowId}&limit=200`).then(({ items }) => items);
}

class RunWatch {
  private readonly found = new Map<string, DemoRun>();
  private readonly nameWidth: number;

  constructor(
    private readonly options: DemoOptions,
    private readonly leads: readonly Lead[],
    private readonly runsBefore: ReadonlySet<string>,
  ) {
    this.nameWidth = Math.max(...leads.map(({ name }) => name.length));
  }

  entries(): readonly DemoEntry[] {
    return this.leads.map((lead) => ({ lead, found: this.found.get(lead.id) }));
  }

  /** Says what is new; true when every lead's run has ended. A gateway that is being started again is asked again. */
  async look(): Promise<boolean> {
    const runs = await listRuns(this.options).catch((error: unknown) => {
      if (error instanceof TypeError) return [];
      throw error;
    });
    for (const run of runs) await this.note(run);
    return this.entries().every(({ found }) => found !== undefined && isTerminal(found.run.status));
  }

  private async note(run: RunView): Promise<void> {
    const lead = this.leads.find(({ id }) => id === leadIdOf(run));
    if (lead === undefined || this.runsBefore.has(run.id)) return;
    const before = this.found.get(lead.id);
    if (before !== undefined && isTerminal(before.run.status)) return;
    const { items } = await this.options.gateway.get<Page<StepRunView>>(`/api/v1/flows/runs/${run.id}/steps?limit=200`);
    const now: DemoRun = { run, steps: items };
    this.found.set(lead.id, now);
    for (const change of changesOf(before, now)) this.options.say(`  ${lead.name.padEnd(this.nameWidth)}  ${change}`);
  }
}
