/** Owns the vocabulary of what happened in this CRM: every effect, count and queued event, as stored in the log. */
import type { CloudEvent } from '../events/crm-event.js';
import type { Lead } from '../leads/lead.js';

/** Where an event goes: what happened to CRM records, or what a connected surface (a form) saw. */
export const CHANNELS = ['crm', 'connector'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Enrollment {
  readonly id: string;
  readonly sequence_id: string;
  readonly lead_id: string;
  readonly status: 'active';
  readonly enrolled_at: string;
}

export type Change =
  | { readonly kind: 'segment_defined'; readonly id: string; readonly name: string }
  | { readonly kind: 'sequence_defined'; readonly id: string; readonly name: string }
  | { readonly kind: 'lead_saved'; readonly lead: Lead }
  | { readonly kind: 'member_added'; readonly segment_id: string; readonly lead_id: string; readonly at: string }
  | { readonly kind: 'member_removed'; readonly segment_id: string; readonly lead_id: string }
  | { readonly kind: 'lead_enrolled'; readonly enrollment: Enrollment }
  /** A call that reached us, whatever became of it; `key` null when it carried none. */
  | {
      readonly kind: 'call_received';
      readonly key: string | null;
      readonly method: string;
      readonly path: string;
      readonly body_sha256: string;
      readonly at: string;
    }
  /** The effect of a keyed write happened, and this is its answer from now on. */
  | {
      readonly kind: 'answer_stored';
      readonly key: string;
      readonly fingerprint: string;
      readonly status: number;
      /** The text as it was sent, so that a replay is the same byte for byte. */
      readonly body: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly at: string;
    }
  | { readonly kind: 'event_queued'; readonly channel: Channel; readonly event: CloudEvent }
  /** Every event of the channel up to this number is acknowledged by the broker. */
  | { readonly kind: 'events_published'; readonly channel: Channel; readonly up_to: number };
