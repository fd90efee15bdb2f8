/** Makes the CRM ready for a demo: leads that can enter the segment. */
import { randomInt } from 'node:crypto';
import type { CrmClient, Lead, NewLead } from '../crm/crm.client.js';
import { chooseExamples, chooseLeads } from './choose-leads.js';
import { DEMO } from './demo-workspace.js';

export async function prepareLeads(crm: CrmClient): Promise<readonly Lead[]> {
  const { chosen, leaveFirst, missing } = chooseLeads(...(await readCrm(crm)));
  for (const lead of leaveFirst) await crm.leaveSegment(DEMO.segment, lead.id);
  const made: Lead[] = [];
  for (let index = 0; index < missing; index += 1) made.push(await crm.createLead(inventLead()));
  return [...made, ...chosen];
}

/** Two leads for a person to try things with; undefined where there is none any more. */
export async function findExamples(crm: CrmClient): Promise<readonly [Lead | undefined, Lead | undefined]> {
  const [entering, sent] = chooseExamples(...(await readCrm(crm)));
  return [entering, sent];
}

function readCrm(crm: CrmClient): Promise<[readonly Lead[], ReadonlySet<string>, ReadonlySet<string>]> {
  return Promise.all([crm.listLeads(), crm.listMembers(DEMO.segment), crm.listEnrolled(DEMO.sequence)]);
}

const FIRST_NAMES = ['Noor', 'Emil', 'Thandi', 'Marek', 'Lena', 'Rui', 'Aiko', 'Paolo'] as const;
const LAST_NAMES = ['Keller', 'Santos', 'Mbeki', 'Novak', 'Larsen', 'Ito', 'Ferrari', 'Quinn'] as const;

/** A CRM does not take the same address twice, so a number makes it one of its own. */
function inventLead(): NewLead {
  const first = FIRST_NAMES[randomInt(FIRST_NAMES.length)] ?? 'Noor';
  const last = LAST_NAMES[randomInt(LAST_NAMES.length)] ?? 'Keller';
  return {
    name: `${first} ${last}`,
    email: `${first}.${last}.${randomInt(1_000_000)}@example-works.example`.toLowerCase(),
    title: 'Head of Operations',
    source: 'website',
    visits_30d: 12,
    company: { name: 'Example Works', domain: 'example-works.example', employees: 400, industry: 'Software', country: 'DE' },
  };
}
