import type { CloudEvent, JsonValue } from '@flows/contracts';
import { compileExpression, type CompiledExpression, type Evaluation } from '@flows/flow-graph';

/** The one name that a trigger's expressions may use. */
export const EVENT_NAMES = ['event'] as const;
export interface EventContext {
  event: JsonValue;
}

export function eventContext(event: CloudEvent): EventContext {
  // An absent attribute of a decoded event is missing, not undefined: it is JSON as it came.
  return { event: event as JsonValue };
}

/** A compiled yes-or-no question about an event, with the paths that it looks at. */
export interface EventCondition {
  readonly source: string;
  readonly paths: readonly EventPath[];
  test(context: EventContext): Evaluation<boolean>;
}
/** As written (`event.data.lead["first name"]`), and the keys below `event`. */
export interface EventPath {
  text: string;
  keys: readonly (string | number)[];
}
export type CompileConditionResult = { ok: true; condition: EventCondition } | { ok: false; code: string; message: string };

export function compileEventCondition(source: string): CompileConditionResult {
  const compiled = compileExpression<EventContext>(source, { names: EVENT_NAMES });
  if (!compiled.ok) return compiled;
  if (compiled.kind !== 'bool' && compiled.kind !== 'dyn') {
    return { ok: false, code: 'type_mismatch', message: `${source}: a filter must be true or false, this is a ${compiled.kind}` };
  }
  return { ok: true, condition: new CompiledCondition(compiled.expression, compiled.references) };
}

class CompiledCondition implements EventCondition {
  readonly source: string;
  readonly paths: readonly EventPath[];

  constructor(
    private readonly expression: CompiledExpression<EventContext>,
    references: readonly { text: string; segments: readonly (string | number)[] }[],
  ) {
    this.source = expression.source;
    const named = references.filter((reference) => reference.segments.length > 0);
    this.paths = [
      ...new Map(named.map((reference) => [reference.text, { text: reference.text, keys: reference.segments }])).values(),
    ];
  }

  test(context: EventContext): Evaluation<boolean> {
    return this.expression.test(context);
  }
}
