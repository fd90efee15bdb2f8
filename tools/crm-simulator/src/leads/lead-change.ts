/** Owns how a lead comes to be and changes. Pure: ids and times are given. Refuses publishing: events are built from what it returns. */
import { isDeepStrictEqual } from 'node:util';
import type { Company, Lead } from './lead.js';
import type { LeadPatch, NewLead } from './lead-body.js';

const EMPTY_COMPANY: Company = { name: '', domain: null, employees: null, industry: null, country: null };

export interface LeadChange {
  readonly lead: Lead;
  /** Top-level fields whose value differs now; empty when the patch says what was already so. */
  readonly changed: readonly string[];
  /** The old values of exactly those fields. */
  readonly before: Readonly<Record<string, unknown>>;
}

export function createLead(id: string, fields: NewLead, at: string): Lead {
  return {
    id,
    name: fields.name,
    email: fields.email,
    title: fields.title ?? null,
    phone: fields.phone ?? null,
    company: fields.company ? { ...EMPTY_COMPANY, ...fields.company } : null,
    source: fields.source ?? null,
    owner: fields.owner ?? null,
    status: fields.status ?? 'new',
    score: fields.score ?? null,
    visits_30d: fields.visits_30d ?? 0,
    enrichment: fields.enrichment ?? null,
    custom: fields.custom ?? {},
    created_at: at,
    updated_at: at,
  };
}

/** Applies a patch; `updated_at` moves only when something changed. */
export function changeLead(current: Lead, patch: LeadPatch, at: string): LeadChange {
  const { company, custom, ...replaced } = patch;
  const next: Lead = {
    ...current,
    ...replaced,
    company: company ? { ...(current.company ?? EMPTY_COMPANY), ...company } : current.company,
    custom: custom ? { ...current.custom, ...custom } : current.custom,
  };
  const changed = (Object.keys(patch) as (keyof LeadPatch)[]).filter((field) => !isDeepStrictEqual(current[field], next[field]));
  if (changed.length === 0) return { lead: current, changed, before: {} };
  return {
    lead: { ...next, updated_at: at },
    changed,
    before: Object.fromEntries(changed.map((field) => [field, current[field]])),
  };
}
