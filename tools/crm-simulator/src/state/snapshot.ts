/** Owns the JSON form of the whole state. Refuses other versions than its own: a file it does not know is never guessed at. */
import type { CrmState, KeyedCalls, QueuedEvent, StoredAnswer } from './crm-state.js';
import { emailKey, emptyState } from './crm-state.js';
import { CHANNELS, type Channel, type Enrollment } from './change.js';
import type { Lead } from '../leads/lead.js';

const FORMAT = 'crm-simulator/1';

interface SnapshotFile {
  readonly format: string;
  /** Which log continues this snapshot. */
  readonly generation: number;
  readonly leads: readonly Lead[];
  readonly segments: readonly { id: string; name: string; members: readonly [string, string][] }[];
  readonly sequences: readonly { id: string; name: string; enrollments: readonly Enrollment[] }[];
  readonly calls: readonly KeyedCalls[];
  readonly writes_without_key: number;
  readonly answers: readonly StoredAnswer[];
  readonly outbox: Readonly<Record<Channel, readonly QueuedEvent[]>>;
  readonly last_event_seq: number;
}

export function writeSnapshot(state: CrmState, generation: number): string {
  const file: SnapshotFile = {
    format: FORMAT,
    generation,
    leads: [...state.leads.values()],
    segments: [...state.segments.values()].map((segment) => ({ ...segment, members: [...segment.members] })),
    sequences: [...state.sequences.values()].map((sequence) => ({
      ...sequence,
      enrollments: [...sequence.enrollments.values()],
    })),
    calls: [...state.calls.values()],
    writes_without_key: state.writesWithoutKey,
    answers: [...state.answers.values()],
    outbox: state.outbox,
    last_event_seq: state.lastEventSeq,
  };
  return JSON.stringify(file);
}

/** Throws when the text is no snapshot of this program. */
export function readSnapshot(text: string): { readonly state: CrmState; readonly generation: number } {
  const file = JSON.parse(text) as SnapshotFile;
  if (file.format !== FORMAT) throw new Error(`its format is ${JSON.stringify(file.format)}, expected "${FORMAT}"`);
  const state = emptyState();
  for (const lead of file.leads) {
    state.leads.set(lead.id, lead);
    if (!state.leadIdByEmail.has(emailKey(lead.email))) state.leadIdByEmail.set(emailKey(lead.email), lead.id);
  }
  for (const { id, name, members } of file.segments) state.segments.set(id, { id, name, members: new Map(members) });
  for (const { id, name, enrollments } of file.sequences) {
    state.sequences.set(id, {
      id,
      name,
      enrollments: new Map(enrollments.map((enrollment) => [enrollment.lead_id, enrollment])),
    });
  }
  for (const calls of file.calls) state.calls.set(calls.key, calls);
  for (const answer of file.answers) state.answers.set(answer.key, answer);
  state.writesWithoutKey = file.writes_without_key;
  for (const channel of CHANNELS) for (const queued of file.outbox[channel]) state.outbox[channel].push(queued);
  state.lastEventSeq = file.last_event_seq;
  return { state, generation: file.generation };
}
