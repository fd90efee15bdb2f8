import type { JsonValue } from '@flows/contracts';
import { compileMapping, type CompiledMapping, type FlowProblem } from '@flows/flow-graph';
import { compileEventCondition, EVENT_NAMES, type EventCondition, type EventContext } from './filter/event-condition.js';
import { splitClauses } from './filter/split-clauses.js';
import { isEventTypePattern } from './match/event-type-pattern.js';
import type { TriggerRow } from './trigger-row.js';

export interface CompiledFilter {
  whole: EventCondition;
  /** Compiled at the first event that the filter refuses: most triggers never need them. */
  clauses(): EventCondition[];
}

/** A trigger ready to match. Immutable; compile again when its row changes. */
export interface Trigger {
  readonly row: TriggerRow;
  readonly filter: CompiledFilter | null;
  /** Null is the default mapping. */
  readonly mapping: CompiledMapping<EventContext> | null;
}
export type CompileTriggerResult = { ok: true; trigger: Trigger } | { ok: false; problems: FlowProblem[] };

/** Checks and compiles a trigger. All problems are reported, with pointers into the body that defines it (`#/filter`, `#/mapping/lead`). */
export function compileTrigger(row: TriggerRow): CompileTriggerResult {
  const problems: FlowProblem[] = [];
  if (!isEventTypePattern(row.eventType)) {
    problems.push({
      pointer: '#/event_type',
      code: 'event_type_invalid',
      message: `"${row.eventType}" is no event type: write one such as "lead.created", or "lead.*" for all below "lead"`,
    });
  }
  const filter = row.filter === null ? null : compileFilter(row.filter, problems);
  const mapping = row.mapping === null ? null : compileMappingOf(row.mapping, problems);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, trigger: { row, filter, mapping } };
}

function compileFilter(source: string, problems: FlowProblem[]): CompiledFilter | null {
  const compiled = compileEventCondition(source);
  if (!compiled.ok) {
    problems.push({ pointer: '#/filter', code: compiled.code, message: compiled.message });
    return null;
  }
  let clauses: EventCondition[] | undefined;
  return {
    whole: compiled.condition,
    clauses: () =>
      (clauses ??= splitClauses(source).flatMap((clause) => {
        const part = compileEventCondition(clause);
        return part.ok ? [part.condition] : [];
      })),
  };
}

function compileMappingOf(source: JsonValue, problems: FlowProblem[]): CompiledMapping<EventContext> | null {
  const compiled = compileMapping<EventContext>(source, { names: EVENT_NAMES });
  if (compiled.ok) return compiled.mapping;
  problems.push(...compiled.problems.map((problem) => ({ ...problem, pointer: `#/mapping${problem.pointer}` })));
  return null;
}
