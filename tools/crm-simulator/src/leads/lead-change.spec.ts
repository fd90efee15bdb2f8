import { describe, expect, it } from '@jest/globals';
import { changeLead, createLead } from './lead-change.js';

const lead = createLead(
  'lead_0001',
  { name: 'Ada', email: 'ada@x.example', company: { name: 'X', employees: 10 } },
  '2026-01-01T00:00:00Z',
);
const LATER = '2026-01-02T00:00:00Z';

describe('changing a lead', () => {
  it('names what changed, with the old values', () => {
    const change = changeLead(lead, { status: 'qualified', score: 80, name: 'Ada' }, LATER);
    expect(change.changed).toEqual(['status', 'score']);
    expect(change.before).toEqual({ status: 'new', score: null });
    expect(change.lead).toMatchObject({ status: 'qualified', score: 80, updated_at: LATER });
  });

  it('merges company and custom, replaces enrichment', () => {
    const first = changeLead(lead, { custom: { a: 1 }, enrichment: { fit: 'low', size: 's' } }, LATER).lead;
    const second = changeLead(first, { custom: { b: 2 }, company: { employees: 11 }, enrichment: { fit: 'high' } }, LATER);
    expect(second.lead.custom).toEqual({ a: 1, b: 2 });
    expect(second.lead.company).toMatchObject({ name: 'X', employees: 11 });
    expect(second.lead.enrichment).toEqual({ fit: 'high' });
    expect(second.changed).toEqual(['custom', 'company', 'enrichment']);
  });

  it('is the same lead when nothing differs', () => {
    const change = changeLead(lead, { name: 'Ada', company: { employees: 10 } }, LATER);
    expect(change).toEqual({ lead, changed: [], before: {} });
    expect(change.lead).toBe(lead);
  });
});
