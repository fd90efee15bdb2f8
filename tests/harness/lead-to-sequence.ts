import { v4 as uuid } from 'uuid';
import { eventually } from '@flows/testkit';
import type { Workspace } from './installation.js';

export const SEGMENT = 'seg_hot_leads';
export const SEQUENCE = 'seq_welcome';

/** The built-in template, installed and published: a lead enters the segment → enrich → branch → add to the sequence. */
export async function installLeadToSequence({ client }: Workspace, inputs: Record<string, unknown> = {}): Promise<{ workflowId: string }> {
  const instance = await client.need(
    client.post('/flows/templates/lead-to-sequence/instantiate', {
      inputs: { segment_id: SEGMENT, sequence_id: SEQUENCE, min_score: 0, ...inputs },
      publish: true,
    }),
  );
  return { workflowId: instance.id };
}

/** The event as a foreign producer writes it: one JSON line in CloudEvents structured form. */
export function segmentEntered(workspaceId: string, leadId: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    specversion: '1.0',
    id: uuid(),
    source: '/some-crm',
    type: 'lead.segment_entered',
    subject: leadId,
    time: new Date().toISOString(),
    workspaceid: workspaceId,
    data: {
      lead_id: leadId,
      segment_id: SEGMENT,
      lead: { id: leadId, name: 'Ada Lovelace', email: 'ada@example.com', title: 'VP Sales', company: { name: 'Analytical', employees: 300, industry: 'software' } },
    },
    ...more,
  });
}

/** The runs of a workspace once `count` have ended. */
export function endedRuns({ client }: Workspace, count: number, timeoutMs = 20_000): Promise<any[]> {
  return eventually(
    async () => {
      const { items } = await client.need(client.get('/flows/runs?limit=200'));
      const ended = items.filter((run: any) => ['completed', 'failed', 'timed_out', 'cancelled'].includes(run.status));
      if (ended.length < count) throw new Error(`${ended.length} of ${count} ended: ${JSON.stringify(items.map((run: any) => [run.id, run.status]))}`);
      return items as any[];
    },
    { timeoutMs, pollMs: 50, what: `${count} ended runs` },
  );
}

export async function enrollments({ crm }: Workspace): Promise<{ lead_id: string }[]> {
  const answer = await fetch(`${crm.url}/sequences/${SEQUENCE}/enrollments?limit=200`);
  return ((await answer.json()) as { items: { lead_id: string }[] }).items;
}

/** How often the CRM was called with each idempotency key, and how often that had an effect. */
export async function callsByKey({ crm }: Workspace): Promise<{ key: string; path: string; count: number; applied: number; body_sha256s: string[] }[]> {
  const answer = await fetch(`${crm.url}/calls`);
  return ((await answer.json()) as { items: any[] }).items.filter((call) => call.path.includes('/enrollments'));
}
