import type { Workspace } from './installation.js';

/** What the next calls to a workspace's CRM suffer; without `times` one call, with null all until `clear`. */
export interface CrmFault {
  path_pattern: string;
  method?: string;
  status?: number;
  delay_ms?: number;
  drop_reply?: boolean;
  times?: number | null;
}

export async function orderFault({ crm }: Workspace, fault: CrmFault): Promise<void> {
  const answer = await fetch(`${crm.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(`The CRM refused the fault: ${await answer.text()}`);
}

export async function clearFaults({ crm }: Workspace): Promise<void> {
  await fetch(`${crm.url}/faults`, { method: 'DELETE' });
}
