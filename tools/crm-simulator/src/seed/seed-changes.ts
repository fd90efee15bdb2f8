/** Owns what a CRM holds on its first start. Causes no events: to the outside these records were always there. */
import { createLead } from '../leads/lead-change.js';
import { leadIdOf } from '../leads/lead.js';
import type { Change } from '../state/change.js';
import { seedLeads } from './seed-leads.js';

const HOUR_MS = 60 * 60 * 1000;

/** The last lead came in an hour before `now`, each earlier one an hour earlier. */
export function seedChanges(now: Date): readonly Change[] {
  const leads = seedLeads();
  const createdAt = (index: number) => new Date(now.getTime() - (leads.length - index) * HOUR_MS).toISOString();
  return [
    { kind: 'segment_defined', id: 'seg_hot_leads', name: 'Hot leads' },
    { kind: 'segment_defined', id: 'seg_newsletter', name: 'Newsletter' },
    { kind: 'sequence_defined', id: 'seq_welcome', name: 'Welcome sequence' },
    { kind: 'sequence_defined', id: 'seq_nurture', name: 'Nurture sequence' },
    ...leads.map((fields, index): Change => ({
      kind: 'lead_saved',
      lead: createLead(leadIdOf(index + 1), fields, createdAt(index)),
    })),
  ];
}
