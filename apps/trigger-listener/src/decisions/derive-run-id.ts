import { createHash } from 'node:crypto';

const DAY_MS = 86_400_000;
/** 48 bits: where the time of a UUIDv7 ends. */
const MAX_TIME_MS = 2 ** 48 - 1;

/**
 * The id of the run that an event starts through a trigger: a UUIDv7 (RFC 9562) whose random bits are a hash of the three names, so that
 * every delivery of the event gives the same id for the same time. Where deliveries carry different times, the decision that is
 * stored names the run.
 */
export function deriveRunId(triggerId: string, eventSource: string, eventId: string, timeMs: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([triggerId, eventSource, eventId]))
    .digest();
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.min(Math.max(Math.trunc(timeMs), 0), MAX_TIME_MS), 0, 6);
  hash.copy(bytes, 6, 0, 10);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** When the event happened: its own time, unless that is more than a day away from when its record was written. */
export function timeOfEvent(eventTime: string | undefined, recordMs: number): number {
  const claimed = eventTime === undefined ? Number.NaN : Date.parse(eventTime);
  return Math.abs(claimed - recordMs) <= DAY_MS ? claimed : recordMs;
}
