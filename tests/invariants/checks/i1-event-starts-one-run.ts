import { checkCloudEvent, decodeCloudEvent, workspaceUuid, type CloudEvent } from '@flows/contracts';
import { evaluate } from '@marcbachmann/cel-js';
import type { DecisionRow, Evidence, TopicRecord, TriggerRow } from '../evidence/evidence.js';
import { Findings, type Violation } from '../violation.js';

/** Around an edit of a trigger an event may be judged by either version of it. */
const EDIT_WINDOW_MS = 5_000;

/**
 * I1: an event that a trigger matches starts exactly one run through it, however often it was delivered, and no other event starts any.
 *
 * Who should match is computed anew from the topics, by another CEL engine than the product's (which evaluates itself); both ways of
 * the comparison must come out empty. Where the filter of a trigger cannot be evaluated by either, only the decision is asked for.
 */
export function checkI1(evidence: Evidence): Violation[] {
  const findings = new Findings('I1');
  const decisions = new Map(evidence.decisions.map((decision) => [keyOf(decision), decision]));
  const events = distinctEvents(evidence);
  if (evidence.conditions.quiet) {
    for (const { event, workspaceId, record } of events.values()) {
      for (const trigger of triggersFor(evidence, workspaceId, event, record)) {
        const key = `${trigger.id} ${event.source} ${event.id}`;
        const decision = decisions.get(key);
        if (decision === undefined)
          findings.add(key, 'the event matches the type of the trigger, and no decision about it was kept');
        else judgeVerdict(findings, key, decision, matches(trigger, event));
      }
    }
  }
  checkRuns(findings, evidence, decisions);
  return findings.violations;
}

interface SeenEvent {
  event: CloudEvent;
  workspaceId: string;
  record: TopicRecord;
}

/** What was refused with its reason was no event. */
function distinctEvents({ records, topicNames, deadLetters }: Evidence): Map<string, SeenEvent> {
  const events = new Map<string, SeenEvent>();
  const refused = new Set(deadLetters.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`));
  for (const record of records) {
    if (record.topic !== topicNames.crmEvents && record.topic !== topicNames.connectorEvents) continue;
    if (refused.has(`${record.topic} ${record.partition} ${record.offset}`)) continue;
    const decoded = decodeCloudEvent(record.headers, record.value);
    const checked = decoded.ok ? checkCloudEvent(decoded.event) : decoded;
    if (!checked.ok) continue;
    const event = checked.value;
    const workspaceId = workspaceUuid(event.workspaceid);
    const key = `${workspaceId} ${event.source} ${event.id}`;
    if (workspaceId !== null && !events.has(key)) events.set(key, { event, workspaceId, record });
  }
  return events;
}

/** Triggers that surely saw the event: there and unchanged since well before it was written. */
function triggersFor(
  { triggers, topicNames }: Evidence,
  workspaceId: string,
  event: CloudEvent,
  record: TopicRecord,
): TriggerRow[] {
  const type = record.topic === topicNames.crmEvents ? 'crm_event' : 'connector_event';
  return triggers.filter(
    (trigger) =>
      trigger.workspace_id === workspaceId &&
      trigger.enabled &&
      trigger.type === type &&
      (trigger.source === null || trigger.source === event.source) &&
      typeMatches(trigger.event_type, event.type) &&
      isSettled(trigger, record),
  );
}

const isSettled = ({ created_at, updated_at }: TriggerRow, { timestamp }: TopicRecord): boolean =>
  created_at <= timestamp && (updated_at === created_at || Math.abs(updated_at - timestamp) > EDIT_WINDOW_MS);

function typeMatches(pattern: string, type: string): boolean {
  if (!pattern.endsWith('.*')) return pattern === type;
  const prefix = pattern.slice(0, -1);
  return type.length > prefix.length && type.startsWith(prefix);
}

function matches({ filter }: TriggerRow, event: CloudEvent): boolean | null {
  if (filter === null) return true;
  try {
    return evaluate(filter, { event }) as boolean;
  } catch {
    return null;
  }
}

/** A match may still be refused for a reason that is named; but only a match starts, and a match is never called filtered. */
function judgeVerdict(findings: Findings, key: string, { verdict, reason, run_id }: DecisionRow, matched: boolean | null): void {
  if (verdict === 'started' && matched === false) findings.add(key, 'the filter does not hold, and the event started a run');
  if (verdict === 'filtered' && matched === true) findings.add(key, `the filter holds, and the event was filtered: ${reason}`);
  if (verdict === 'started' && run_id === null) findings.add(key, 'the decision says started and names no run');
}

/** Started decisions and runs that events started: one to one. */
function checkRuns(findings: Findings, { runs }: Evidence, decisions: ReadonlyMap<string, DecisionRow>): void {
  const started = new Map<string, string[]>();
  for (const run of runs) {
    const source = run.trigger.event?.['source'];
    if (run.trigger_id === null || run.trigger.type === 'replay' || typeof source !== 'string') continue;
    const key = `${run.trigger_id} ${source} ${run.event_id}`;
    started.set(key, [...(started.get(key) ?? []), run.id]);
  }
  for (const [key, ids] of started) {
    const decided = decisions.get(key)?.run_id;
    if (ids.length > 1) findings.add(key, `${ids.length} runs were started: ${ids.join(', ')}`);
    if (!ids.some((id) => id === decided)) findings.add(key, `run ${ids.join(', ')} was started, the decision names ${decided}`);
  }
  for (const [key, { verdict, run_id }] of decisions)
    if (verdict === 'started' && run_id !== null && !started.has(key))
      findings.add(key, `the decision names run ${run_id}, and there is none`);
}

const keyOf = ({ trigger_id, event_source, event_id }: DecisionRow): string => `${trigger_id} ${event_source} ${event_id}`;
