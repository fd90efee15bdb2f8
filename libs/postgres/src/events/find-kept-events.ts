import type { ReceivedEvent } from '@flows/contracts';
import type pg from 'pg';
import { readSql } from '../sql/read-sql.js';
import { isImpossible, searchKeyOf, usableKey } from './event-key.js';
import type { EventSubscription } from './event-subscription.js';
import { prefixOfPattern } from './event-type-patterns.js';

const FIND = readSql(import.meta.url, './find-kept-events.sql');
/** Of one wait: its run tries them in order, and the first that matches ends it. */
export const MAX_KEPT_EVENTS_FOUND = 10_000;
/** Events of one wait, and of all of them, that a statement answers with. An event may have 256 KiB. */
const EVENTS_PER_WAIT = 100;
const EVENTS_PER_PAGE = 1_000;
/** What follows the dot in ASCII: where the types below a prefix end. */
const AFTER_DOT = '/';

/** Some events that came before their waits began. */
export interface KeptEventsPage {
  /** In the order of receipt for each wait. `position` is that of the subscription. */
  readonly events: readonly { readonly position: number; readonly event: ReceivedEvent }[];
  /** Positions of waits that may be for more than `MAX_KEPT_EVENTS_FOUND`: the newer ones are not looked at. */
  readonly givenUp: readonly number[];
}

/**
 * Events that came before their wait began and may be what it is for: of its type, since `since`, with the value that it correlates
 * with. In pages, so that whoever takes them one by one holds one page at a time, however many events and waits there are.
 * INVARIANT: called after the subscriptions were committed; see `findSubscribers`. What is committed while pages are read is found there.
 */
export async function* findKeptEventPages(
  pool: pg.Pool,
  subscriptions: readonly EventSubscription[],
): AsyncGenerator<KeptEventsPage, void, undefined> {
  let searches = subscriptions.flatMap((subscription, position) => searchOf(subscription, position) ?? []);
  // Most waits are for few events: all are asked for at once, and only when that was too much, as many as a page has room for.
  for (let together = searches.length; searches.length > 0;) {
    const asked = searches.slice(0, together);
    const { rows } = await pool.query<FoundRow>({ name: 'find-kept-events', text: FIND, values: valuesOf(asked) });
    if (rows.length === EVENTS_PER_PAGE) together = EVENTS_PER_PAGE / EVENTS_PER_WAIT;
    const left = goOn(asked, rows);
    const givenUp = left.filter(({ found }) => found >= MAX_KEPT_EVENTS_FOUND);
    const events = rows.map(({ nth, event }) => ({ position: (asked[nth] as Search).position, event }));
    if (events.length > 0) yield { events, givenUp: givenUp.map(({ position }) => position) };
    searches = [...left.filter(({ found }) => found < MAX_KEPT_EVENTS_FOUND), ...searches.slice(asked.length)];
  }
}

/**
 * All pages together. @returns events by the position of their subscription.
 * @param onGivenUp told of waits that may be for more than `MAX_KEPT_EVENTS_FOUND`.
 */
export async function findKeptEventsOfAll(
  pool: pg.Pool,
  subscriptions: readonly EventSubscription[],
  onGivenUp: (subscription: EventSubscription) => void = () => undefined,
): Promise<ReceivedEvent[][]> {
  const found = subscriptions.map((): ReceivedEvent[] => []);
  for await (const { events, givenUp } of findKeptEventPages(pool, subscriptions)) {
    for (const { position, event } of events) found[position]?.push(event);
    for (const position of givenUp) onGivenUp(subscriptions[position] as EventSubscription);
  }
  return found;
}

/** The same for one wait. */
export async function findKeptEvents(pool: pg.Pool, subscription: EventSubscription): Promise<ReceivedEvent[]> {
  const [events = []] = await findKeptEventsOfAll(pool, [subscription]);
  return events;
}

/** The place of an event in the order of receipt. The time as PostgreSQL writes it, which has more digits than a Date. */
interface Place {
  readonly received_at: string;
  readonly source: string;
  readonly id: string;
}
interface FoundRow extends Place {
  nth: number;
  event: ReceivedEvent;
}

/** What one wait is still to be asked for. */
interface Search {
  readonly position: number;
  readonly subscription: EventSubscription;
  readonly prefix: string | null;
  readonly key: ReturnType<typeof usableKey>;
  /** The last event found, and how many were. */
  readonly after: Place | null;
  readonly found: number;
}

/** Null where no event can fit. */
function searchOf(subscription: EventSubscription, position: number): Search | null {
  const key = usableKey(subscription.keyPath, subscription.keyValue);
  if (key !== null && isImpossible(key)) return null;
  return { position, subscription, key, prefix: prefixOfPattern(subscription.eventType), after: null, found: 0 };
}

/** Searches that may find more: those that found as many as they may at a time, and those that the page had no room for. */
function goOn(asked: readonly Search[], rows: readonly FoundRow[]): Search[] {
  const found = asked.map(({ after }) => ({ count: 0, after }));
  for (const row of rows) {
    const search = found[row.nth];
    if (search !== undefined) Object.assign(search, { count: search.count + 1, after: row });
  }
  const full = rows.length === EVENTS_PER_PAGE ? (rows.at(-1)?.nth ?? Infinity) : Infinity;
  return asked.flatMap((search, nth) => {
    const { count, after } = found[nth] ?? { count: 0, after: search.after };
    return count === EVENTS_PER_WAIT || nth >= full ? [{ ...search, after: placeOf(after), found: search.found + count }] : [];
  });
}

/** Without the event, which may be large. */
function placeOf(place: Place | null): Place | null {
  return place === null ? null : { received_at: place.received_at, source: place.source, id: place.id };
}

function valuesOf(searches: readonly Search[]): unknown[] {
  return [
    searches.map(({ subscription }) => subscription.workspaceId),
    searches.map(({ prefix, subscription }) => (prefix === null ? subscription.eventType : null)),
    searches.map(({ prefix }) => prefix),
    searches.map(({ prefix }) => (prefix === null ? null : prefix.slice(0, -1) + AFTER_DOT)),
    searches.map(({ key }) => (key === null ? null : JSON.stringify(key.path))),
    searches.map(({ key }) => key?.value ?? null),
    searches.map(({ key, subscription }) => (key === null ? null : searchKeyOf(subscription.workspaceId, key))),
    searches.map(({ subscription }) => subscription.since),
    searches.map(({ after }) => after?.received_at ?? null),
    searches.map(({ after }) => after?.source ?? null),
    searches.map(({ after }) => after?.id ?? null),
    EVENTS_PER_WAIT,
    EVENTS_PER_PAGE,
  ];
}

/** What find-kept-events.sql is asked at first: for those who look at its plan. */
export function keptEventsValues(subscriptions: readonly EventSubscription[]): unknown[] {
  return valuesOf(subscriptions.flatMap((subscription, position) => searchOf(subscription, position) ?? []));
}
