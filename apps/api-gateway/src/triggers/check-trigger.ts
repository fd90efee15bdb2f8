import { CONNECTOR_EVENT_TYPES, CRM_EVENT_TYPES } from '@flows/contracts';
import type { TriggerEntity } from '@flows/postgres';
import { compileTrigger, isEventTypePattern, matchesEventType, type Trigger } from '@flows/trigger-rules';
import { validationFailed, type FieldProblem } from '../http/api-problem.js';

const KNOWN_TYPES = { crm_event: CRM_EVENT_TYPES, connector_event: CONNECTOR_EVENT_TYPES } as const;

/**
 * Compiles a trigger as the listener will, so that what is saved can fire.
 * @throws ApiProblem `validation_failed` with every problem.
 */
export function checkTrigger(trigger: TriggerEntity): Trigger {
  const problems: FieldProblem[] = [];
  const unknown = unknownEventType(trigger);
  if (unknown !== null) problems.push(unknown);
  const compiled = compileTrigger(trigger);
  if (!compiled.ok) problems.push(...compiled.problems);
  if (problems.length > 0 || !compiled.ok) throw validationFailed(problems);
  return compiled.trigger;
}

/** A typing error in a type would wait for ever in silence. Producers' own types begin with `custom.`, so that they can be told from one. */
function unknownEventType({ type, eventType }: TriggerEntity): FieldProblem | null {
  if (!isEventTypePattern(eventType)) return null;
  if (eventType.startsWith('custom.') || KNOWN_TYPES[type].some((known) => matchesEventType(eventType, known))) return null;
  const known = `${KNOWN_TYPES[type].join(', ')}; all below one as in "lead.*"; own types as "custom.…"`;
  return {
    pointer: '#/event_type',
    code: 'unknown_event_type',
    message: `There is no ${type} of type "${eventType}"; there is ${known}`,
  };
}
