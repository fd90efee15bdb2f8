import type { JsonValue, RunTrigger } from '@flows/contracts';
import type { ExpressionContext } from '@flows/flow-graph';

/** What an item's run sees of the outside: the root run's data, and the outer steps that the sub-graph refers to. Immutable. */
export interface RunScope {
  readonly id: string;
  /** The foreach steps, outermost first, whose sub-graph the item runs. */
  readonly body: readonly string[];
  readonly rootRunId: string;
  readonly payload: JsonValue;
  readonly trigger: RunTrigger;
  readonly run: ExpressionContext['run'];
  readonly steps: ExpressionContext['steps'];
}
