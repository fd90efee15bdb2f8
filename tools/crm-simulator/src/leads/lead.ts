/** Owns the shape of a lead as this CRM stores and shows it. Refuses rules: what a request may change is in `lead-body.ts`. */

export interface Company {
  readonly name: string;
  readonly domain: string | null;
  readonly employees: number | null;
  readonly industry: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

export interface Lead {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly title: string | null;
  readonly phone: string | null;
  readonly company: Company | null;
  /** How the lead was found, e.g. `webinar`. */
  readonly source: string | null;
  readonly owner: string | null;
  readonly status: string;
  /** Null until something scored the lead. */
  readonly score: number | null;
  readonly visits_30d: number;
  /** What an enrichment wrote back; any JSON object. */
  readonly enrichment: Readonly<Record<string, unknown>> | null;
  /** The customer's own fields. */
  readonly custom: Readonly<Record<string, unknown>>;
  readonly created_at: string;
  readonly updated_at: string;
}

/** `lead_0001`, `lead_0002` …: leads are never deleted, so the count names the next one. */
export function leadIdOf(ordinal: number): string {
  return `lead_${String(ordinal).padStart(4, '0')}`;
}
