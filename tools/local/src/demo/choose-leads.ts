/** Which leads a demo takes, such that both ways of its branch are seen. Pure. */
import type { Lead } from '../crm/crm.client.js';

const PROMISING = 4;
const WEAK = 2;
const LARGE_COMPANY = 200;
const SMALL_COMPANY = 50;
const SENIOR = /\b(c[a-z]o|chief|founder|owner|partner|president|vp|head|director|manager|lead)\b/i;

export interface LeadChoice {
  /** In the order in which they enter the segment. */
  readonly chosen: readonly Lead[];
  /** Those of them that are in the segment and have to leave it first: only entering it is an event. */
  readonly leaveFirst: readonly Lead[];
  /** How many promising leads would have to be made, since the CRM has no more that are not yet in the sequence. */
  readonly missing: number;
}

/**
 * @param members of the segment.
 * @param enrolled in the sequence: the CRM refuses them a second time, so a demo with them would fail.
 */
export function chooseLeads(leads: readonly Lead[], members: ReadonlySet<string>, enrolled: ReadonlySet<string>): LeadChoice {
  const free = leads
    .filter(({ id }) => !enrolled.has(id))
    .toSorted((one, other) => Number(members.has(one.id)) - Number(members.has(other.id)));
  const promising = free.filter((lead) => promiseOf(lead) === 'promising').slice(0, PROMISING);
  const weak = free.filter((lead) => promiseOf(lead) === 'weak').slice(0, WEAK);
  const chosen = mix(promising, weak);
  return { chosen, leaveFirst: chosen.filter(({ id }) => members.has(id)), missing: PROMISING - promising.length };
}

/** Whoever can still enter and is not the next demo's: those between promising and weak first. */
export function chooseExamples(
  leads: readonly Lead[],
  members: ReadonlySet<string>,
  enrolled: ReadonlySet<string>,
): readonly Lead[] {
  const free = leads.filter(({ id }) => !enrolled.has(id) && !members.has(id));
  return free.toSorted((one, other) => Number(promiseOf(one) !== 'unclear') - Number(promiseOf(other) !== 'unclear'));
}

/** At first sight, as somebody in sales would sort them; the flow itself asks its agent. */
export function promiseOf({ title, company }: Lead): 'promising' | 'weak' | 'unclear' {
  const employees = company?.employees ?? 0;
  if (employees >= LARGE_COMPANY && title) return 'promising';
  return employees < SMALL_COMPANY && !SENIOR.test(title ?? '') ? 'weak' : 'unclear';
}

/** One of the few after every second of the many. */
function mix(many: readonly Lead[], few: readonly Lead[]): readonly Lead[] {
  const after = many.flatMap((lead, index) =>
    index % 2 === 1 ? [lead, ...few.slice((index - 1) / 2, (index + 1) / 2)] : [lead],
  );
  return [...after, ...few.slice(Math.floor(many.length / 2))];
}
