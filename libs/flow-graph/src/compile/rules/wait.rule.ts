import { EventWaitSchema } from '@flows/contracts';
import { isZoneName } from '../../expression/functions/time-zone.js';
import { ShapeCheck } from '../check-shape.js';
import { isRecord, type DraftStep } from '../draft-graph.js';
import type { ProblemList } from '../problem-list.js';

const KINDS = ['for', 'until', 'event'] as const;
const EVENT = new ShapeCheck(EventWaitSchema, ['match']);
/** An event type, or all that begin with some words: the patterns of triggers. */
const EVENT_TYPE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?$/;

/** A wait is for one thing; its zone, and the form of what it waits for. */
export function checkWait({ type, raw, pointer, id }: DraftStep, problems: ProblemList): void {
  if (type !== 'wait') return;
  const given = KINDS.filter((kind) => raw[kind] !== undefined);
  if (given.length !== 1) {
    const what = given.length === 0 ? 'none of them' : given.join(' and ');
    problems.add(pointer, 'wait_kind', `A wait has exactly one of "for", "until" and "event"; this has ${what}`, id);
  }
  checkZone(raw, pointer, id, problems);
  const { event } = raw;
  if (event === undefined) return;
  if (!isRecord(event))
    return problems.add(`${pointer}/event`, 'invalid_type', '"event" is an object { "type", "match", … }', id);
  EVENT.check(event, `${pointer}/event`, problems, id);
  const eventType = event['type'];
  if (typeof eventType === 'string' && eventType !== '' && !EVENT_TYPE.test(eventType))
    problems.add(
      `${pointer}/event/type`,
      'invalid_event_type',
      `"${eventType.slice(0, 60)}" is no event type: "lead.created", or "lead.*" for all of a kind`,
      id,
    );
}

function checkZone(raw: DraftStep['raw'], pointer: string, id: string | null, problems: ProblemList): void {
  const { timezone, until } = raw;
  if (typeof timezone !== 'string' || timezone === '') return;
  const at = `${pointer}/timezone`;
  if (until === undefined) problems.add(at, 'unused_timezone', '"timezone" is for "until" only: durations need none', id);
  else if (!isZoneName(timezone))
    problems.add(
      at,
      'invalid_timezone',
      `"${timezone.slice(0, 60)}" is no time zone of the IANA list, such as "Europe/Berlin"`,
      id,
    );
}
