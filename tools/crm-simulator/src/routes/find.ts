/** Owns the look-up of what a path or body names, with the 404 that says which part is unknown. */
import { notFound } from '../http/http-problem.js';
import type { CrmState, Segment, Sequence } from '../state/crm-state.js';
import type { Lead } from '../leads/lead.js';

export function requireLead(state: CrmState, id: string | undefined): Lead {
  const lead = state.leads.get(id ?? '');
  if (!lead) throw notFound('lead', id ?? '');
  return lead;
}

export function requireSegment(state: CrmState, id: string | undefined): Segment {
  const segment = state.segments.get(id ?? '');
  if (!segment) throw notFound('segment', id ?? '');
  return segment;
}

export function requireSequence(state: CrmState, id: string | undefined): Sequence {
  const sequence = state.sequences.get(id ?? '');
  if (!sequence) throw notFound('sequence', id ?? '');
  return sequence;
}
