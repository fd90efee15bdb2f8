import { v4 as uuid } from 'uuid';
import { eventually } from '@flows/testkit';
import type { Workspace } from './installation.js';
import type { CallView, EnrollmentView, Listed, RunView } from './views.js';

export const SEGMENT = 'seg_hot_leads';
export const SEQUENCE = 'seq_welcome';

/** The built-in template, installed and published: a lead enters the segment → enrich → branch → add to the sequence. */
export async function installLeadToSequence(
  { client }: Workspace,
  inputs: Record<string, unknown> = {},
): Promise<{ workflowId: string }> {
  const instance = await client.need(
    client.post<{ id: string }>('/flows/templates/lead-to-sequence/instantiate', {
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
      lead: {
        id: leadId,
        name: 'Ada Lovelace',
        email: 'ada@example.com',
        title: 'VP Sales',
        company: { name: 'Analytical', employees: 300, industry: 'software' },
      },
    },
    ...more,
  });
}

/** The runs of a workspace once `count` have ended. */
export function endedRuns({ client }: Workspace, count: number, timeoutMs = 20_000): Promise<RunView[]> {
  return eventually(
    async () => {
      const { items } = await client.need(client.get<Listed<RunView>>('/flows/runs?limit=200'));
      const ended = items.filter((run) => ['completed', 'failed', 'timed_out', 'cancelled'].includes(run.status));
      if (ended.length < count)
        throw new Error(`${ended.length} of ${count} ended: ${JSON.stringify(items.map((run) => [run.id, run.status]))}`);
      return items;
    },
    { timeoutMs, pollMs: 50, what: `${count} ended runs` },
  );
}

export async function enrollments({ crm }: Workspace): Promise<EnrollmentView[]> {
  const answer = await fetch(`${crm.url}/sequences/${SEQUENCE}/enrollments?limit=200`);
  return ((await answer.json()) as Listed<EnrollmentView>).items;
}

/** How often the CRM was called with each idempotency key, and how often that had an effect. */
export async function callsByKey({ crm }: Workspace): Promise<CallView[]> {
  const answer = await fetch(`${crm.url}/calls`);
  return ((await answer.json()) as Listed<CallView>).items.filter((call) => call.path.includes('/enrollments'));
}
