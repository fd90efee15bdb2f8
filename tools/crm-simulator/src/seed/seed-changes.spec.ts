import { describe, expect, it } from '@jest/globals';
import { parseNewLead } from '../leads/lead-body.js';
import { seedChanges } from './seed-changes.js';
import { seedLeads } from './seed-leads.js';

describe('seed', () => {
  it('has 40 leads that the API itself would take, each with its own address', () => {
    const leads = seedLeads();
    expect(leads).toHaveLength(40);
    for (const lead of leads) expect(parseNewLead(lead)).toEqual(lead);
    expect(new Set(leads.map((lead) => lead.email)).size).toBe(40);
  });

  it('numbers leads from lead_0001 and queues no event', () => {
    const changes = seedChanges(new Date('2026-01-02T00:00:00Z'));
    const ids = changes.flatMap((change) => (change.kind === 'lead_saved' ? [change.lead.id] : []));
    expect(ids.at(0)).toBe('lead_0001');
    expect(ids.at(-1)).toBe('lead_0040');
    expect(changes.some((change) => change.kind === 'event_queued')).toBe(false);
  });
});
