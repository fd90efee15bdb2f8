import type { ActionEffect } from '@flows/connectors';
import type { JsonObject, JsonValue, StepCost } from '@flows/contracts';
import type { ConnectionUse } from '../limits/connection-use.js';
import type { Attempt } from './attempt.js';

/** What a handler makes of a command: checked, looked up, ready to run, nothing done yet. */
export interface PreparedWork {
  readonly effect: ActionEffect;
  /** What the step's trace says of the effect beside its key and receipt: provider, action. No values. */
  readonly describe: JsonObject;
  /** The connection that is called, with its limits; absent where the work goes through none. */
  readonly through?: ConnectionUse;
  /** What its time-out is called. Default `step_timeout`. */
  readonly timeoutCode?: string;
  /** Throws ActionError or AgentError for what went wrong outside, or the reason of its signal. */
  run(attempt: Attempt): Promise<WorkResult>;
}

export interface WorkResult {
  output: JsonValue;
  cost?: StepCost;
  /** What proves the effect at the provider. */
  receipt?: JsonObject;
}
