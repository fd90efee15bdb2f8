/** The demo: leads enter the segment at the CRM, runs start by themselves, and each of their states becomes a line. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Say } from '../console/say.js';
import type { CrmClient, Lead } from '../crm/crm.client.js';
import type { JsonClient } from '../gateway/json-client.js';
import { isTerminal, type Page, type RunItem, type RunView, type StepRunView } from '../gateway/views.js';
import { prepareLeads } from './demo-leads.js';
import { changesOf, leadIdOf, type DemoRun } from './demo-runs.js';
import { DEMO } from './demo-workspace.js';
import { problemsOf, summaryTable, type DemoEntry } from './summary.js';

const RUNS = '/api/v1/flows/runs';
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
  const runsBefore = await listRuns(options);
  say(`\n${leads.length} leads enter the segment ${DEMO.segment} at the CRM:`);
  for (const lead of leads) await crm.enterSegment(DEMO.segment, lead.id);

  const watch = new RunWatch(options, leads, runsBefore);
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await watch.look()) && performance.now() < deadline) await delay(POLL_MS, undefined, { signal });
  say(`\n${summaryTable(watch.entries())}\n`);
  return problemsOf(watch.entries(), DEADLINE_MS / 1000);
}

async function listRuns({ gateway, workflowId }: DemoOptions): Promise<readonly RunItem[]> {
  return (await gateway.get<Page<RunItem>>(`${RUNS}?workflow_id=${workflowId}&limit=200`)).items;
}

class RunWatch {
  private readonly found = new Map<string, DemoRun>();
  /** By run; null for a run of somebody else. */
  private readonly leadOfRun = new Map<string, Lead | null>();
  private readonly nameWidth: number;

  constructor(
    private readonly options: DemoOptions,
    private readonly leads: readonly Lead[],
    runsBefore: readonly RunItem[],
  ) {
    for (const { id } of runsBefore) this.leadOfRun.set(id, null);
    this.nameWidth = Math.max(...leads.map(({ name }) => name.length));
  }

  entries(): readonly DemoEntry[] {
    return this.leads.map((lead) => ({ lead, found: this.found.get(lead.id) }));
  }

  /** Says what is new; true when every lead's run has ended. A gateway that does not answer just now is asked again later. */
  async look(): Promise<boolean> {
    try {
      // Oldest first, so that lines come in the order in which the leads entered.
      for (const run of (await listRuns(this.options)).toReversed()) await this.note(run);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
    }
    return this.entries().every(({ found }) => found !== undefined && isTerminal(found.run.status));
  }

  private async note(run: RunItem): Promise<void> {
    const lead = await this.findLead(run.id);
    if (lead === null) return;
    const before = this.found.get(lead.id);
    if (before !== undefined && isTerminal(before.run.status)) return;
    const { items } = await this.options.gateway.get<Page<StepRunView>>(`${RUNS}/${run.id}/steps?limit=200`);
    const now: DemoRun = { run, steps: items };
    this.found.set(lead.id, now);
    for (const change of changesOf(before, now)) this.options.say(`  ${lead.name.padEnd(this.nameWidth)}  ${change}`);
  }

  private async findLead(runId: string): Promise<Lead | null> {
    const known = this.leadOfRun.get(runId);
    if (known !== undefined) return known;
    const id = leadIdOf(await this.options.gateway.get<RunView>(`${RUNS}/${runId}`));
    const lead = this.leads.find((candidate) => candidate.id === id) ?? null;
    this.leadOfRun.set(runId, lead);
    return lead;
  }
}

/** Nobody listened, or not in time: fetch knows both only by these names. */
function isUnanswered(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
}
