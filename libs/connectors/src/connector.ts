import type { JsonObject, JsonValue } from '@flows/contracts';
import type { EgressFetch } from './egress/egress-fetch.js';

/**
 * What a connector is: a provider's actions behind one small interface, one folder per provider. A connector holds no state,
 * knows no workspace, retries nothing and times nothing: the executor does that, the same way for all.
 */
export interface Connector {
  /** What a connection's `provider` names. */
  readonly name: string;
  readonly title: string;
  /** By action name as definitions write it: `leads.get`. */
  readonly actions: Readonly<Record<string, ConnectorAction>>;
}

/**
 * What happens outside when an action is called twice with the same idempotency key.
 * `none`: it has no outside effect and may be repeated freely. `keyed`: the provider recognises the key, so a repetition has no
 * second effect. `unkeyed`: a repetition may be a second effect, so nobody repeats it without knowing what the first one did.
 */
export type ActionEffect = 'none' | 'keyed' | 'unkeyed';

export interface ConnectorAction {
  readonly title: string;
  /** JSON Schema 2020-12. The executor checks the input against it before any call. */
  readonly input_schema: JsonObject;
  readonly output_schema: JsonObject;
  readonly effect: ActionEffect;
  /** Throws ActionError only; anything else is a bug in the connector and is reported as one. */
  run(context: ActionContext): Promise<JsonValue>;
  /** What proves the effect at the provider, kept in the effect ledger: its id there, never the whole answer. */
  receipt?(output: JsonValue): JsonObject;
}

export interface ActionContext {
  /** Valid against `input_schema`. */
  readonly input: JsonValue;
  /** The connection's settings. */
  readonly config: JsonObject;
  /** The same for every attempt of one step run; the provider must get it as it is. */
  readonly idempotencyKey: string;
  /** Aborts when the attempt's deadline passes or the executor lets go of it. */
  readonly signal: AbortSignal;
  /** The only way out: guarded against private addresses. */
  readonly fetch: EgressFetch;
  /** Goes along in write-backs, so that a flow that feeds itself can be seen. `runId` is a TypeID. */
  readonly causation: { readonly runId: string; readonly depth: number };
  /** W3C trace context of the attempt. */
  readonly traceparent?: string;
}
