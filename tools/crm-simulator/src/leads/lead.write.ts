/** Owns which changes and events a write to a lead causes, for every route that writes one. */
import type { WriteContext } from '../http/http-call.js';
import { HttpProblem } from '../http/http-problem.js';
import { queueEvent } from '../events/crm-event.js';
import type { Change } from '../state/change.js';
import { changeLead, createLead } from './lead-change.js';
import type { LeadPatch, NewLead } from './lead-body.js';
import { leadIdOf, type Lead } from './lead.js';

/** Keeps an event, which carries the lead and old values, well under a broker's usual limit of 1 MiB. */
const MAX_LEAD_BYTES = 256 * 1024;

export interface LeadWrite {
  readonly lead: Lead;
  readonly changes: readonly Change[];
}

export function writeNewLead(fields: NewLead, context: WriteContext): LeadWrite {
  const lead = createLead(leadIdOf(context.state.leads.size + 1), fields, context.at);
  refuseTooLarge(lead);
  return { lead, changes: [{ kind: 'lead_saved', lead }, queueEvent('crm', 'lead.created', lead, {}, context)] };
}

/** Says `lead.updated` for any difference, and beside it the narrower event for status and score. No difference, no event. */
export function writeLeadPatch(current: Lead, patch: LeadPatch, context: WriteContext): LeadWrite {
  const { lead, changed, before } = changeLead(current, patch, context.at);
  if (changed.length === 0) return { lead, changes: [] };
  refuseTooLarge(lead);
  const narrower = (['status', 'score'] as const)
    .filter((field) => changed.includes(field))
    .map((field) => {
      const data = { changed: [field], before: { [field]: current[field] }, from: current[field], to: lead[field] };
      return queueEvent('crm', `lead.${field}_changed`, lead, data, context);
    });
  return {
    lead,
    changes: [{ kind: 'lead_saved', lead }, queueEvent('crm', 'lead.updated', lead, { changed, before }, context), ...narrower],
  };
}

function refuseTooLarge(lead: Lead): void {
  if (Buffer.byteLength(JSON.stringify(lead)) > MAX_LEAD_BYTES) {
    throw new HttpProblem(
      422,
      'lead_too_large',
      `custom, enrichment: the lead would take more than ${MAX_LEAD_BYTES} bytes; store less in it.`,
    );
  }
}
