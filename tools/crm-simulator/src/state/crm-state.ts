/** Owns the CRM's state in memory and the fold that builds it from changes. Pure and total; refuses files, clocks and the decision what to change. */
import type { CloudEvent } from '../events/crm-event.js';
import type { Lead } from '../leads/lead.js';
import type { Change, Channel, Enrollment } from './change.js';

export interface Segment {
  readonly id: string;
  readonly name: string;
  /** Lead id → when it entered. */
  readonly members: Map<string, string>;
}

export interface Sequence {
  readonly id: string;
  readonly name: string;
  /** By lead id: a lead is in a sequence once. */
  readonly enrollments: Map<string, Enrollment>;
}

/** What came in under one idempotency key. Method and path are those of the first call. */
export interface KeyedCalls {
  readonly key: string;
  readonly method: string;
  readonly path: string;
  count: number;
  /** How often an effect was carried out under this key; never more than 1 within the life of a stored answer. */
  applied: number;
  /** Distinct bodies, at most `MAX_BODIES` of them. */
  readonly body_sha256s: string[];
  readonly first_at: string;
  last_at: string;
}

export type StoredAnswer = Extract<Change, { kind: 'answer_stored' }>;

export interface QueuedEvent {
  /** Order of queueing, dense over both channels. */
  readonly seq: number;
  readonly event: CloudEvent;
}

export interface CrmState {
  readonly leads: Map<string, Lead>;
  /** Lower-case address → the first lead that has it. */
  readonly leadIdByEmail: Map<string, string>;
  readonly segments: Map<string, Segment>;
  readonly sequences: Map<string, Sequence>;
  readonly calls: Map<string, KeyedCalls>;
  writesWithoutKey: number;
  readonly answers: Map<string, StoredAnswer>;
  readonly outbox: Readonly<Record<Channel, QueuedEvent[]>>;
  lastEventSeq: number;
}

const MAX_BODIES = 20;

export function emptyState(): CrmState {
  return {
    leads: new Map(),
    leadIdByEmail: new Map(),
    segments: new Map(),
    sequences: new Map(),
    calls: new Map(),
    writesWithoutKey: 0,
    answers: new Map(),
    outbox: { crm: [], connector: [] },
    lastEventSeq: 0,
  };
}

/** Folds one change into `state`, in place. INVARIANT: depends on the state and the change alone, so that a replay of the log gives the same state. */
export function applyChange(state: CrmState, change: Change): void {
  switch (change.kind) {
    case 'segment_defined':
      state.segments.set(change.id, { id: change.id, name: change.name, members: new Map() });
      return;
    case 'sequence_defined':
      state.sequences.set(change.id, { id: change.id, name: change.name, enrollments: new Map() });
      return;
    case 'lead_saved':
      saveLead(state, change.lead);
      return;
    case 'member_added':
      state.segments.get(change.segment_id)?.members.set(change.lead_id, change.at);
      return;
    case 'member_removed':
      state.segments.get(change.segment_id)?.members.delete(change.lead_id);
      return;
    case 'lead_enrolled':
      state.sequences.get(change.enrollment.sequence_id)?.enrollments.set(change.enrollment.lead_id, change.enrollment);
      return;
    case 'call_received':
      countCall(state, change);
      return;
    case 'answer_stored': {
      state.answers.set(change.key, change);
      const calls = state.calls.get(change.key);
      if (calls) calls.applied += 1;
      return;
    }
    case 'event_queued':
      state.lastEventSeq += 1;
      state.outbox[change.channel].push({ seq: state.lastEventSeq, event: change.event });
      return;
    case 'events_published': {
      const queue = state.outbox[change.channel];
      const kept = queue.findIndex((queued) => queued.seq > change.up_to);
      queue.splice(0, kept === -1 ? queue.length : kept);
      return;
    }
    default:
      change satisfies never;
  }
}

function saveLead(state: CrmState, lead: Lead): void {
  const before = state.leads.get(lead.id);
  if (before && state.leadIdByEmail.get(emailKey(before.email)) === lead.id) state.leadIdByEmail.delete(emailKey(before.email));
  state.leads.set(lead.id, lead);
  if (!state.leadIdByEmail.has(emailKey(lead.email))) state.leadIdByEmail.set(emailKey(lead.email), lead.id);
}

export function emailKey(email: string): string {
  return email.toLowerCase();
}

function countCall(state: CrmState, call: Extract<Change, { kind: 'call_received' }>): void {
  if (call.key === null) {
    state.writesWithoutKey += 1;
    return;
  }
  const known = state.calls.get(call.key);
  if (!known) {
    const { key, method, path, at } = call;
    state.calls.set(key, {
      key,
      method,
      path,
      count: 1,
      applied: 0,
      body_sha256s: [call.body_sha256],
      first_at: at,
      last_at: at,
    });
    return;
  }
  known.count += 1;
  known.last_at = call.at;
  if (!known.body_sha256s.includes(call.body_sha256) && known.body_sha256s.length < MAX_BODIES)
    known.body_sha256s.push(call.body_sha256);
}

/** Drops answers and counts of keys last used before `beforeMs`, which bounds memory and file by a day's keys. */
export function forgetOldKeys(state: CrmState, beforeMs: number): void {
  for (const [key, calls] of state.calls) {
    if (Date.parse(calls.last_at) >= beforeMs) continue;
    state.calls.delete(key);
    state.answers.delete(key);
  }
}
