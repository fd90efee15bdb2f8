import type { JsonObject, JsonValue, StepCost } from '@flows/contracts';

/**
 * The port behind which agents run. A caller hands in an agent and an input and gets an output that is valid against the agent's
 * schema, or an AgentError; it neither knows the provider nor retries within it.
 */
export interface AgentRuntime {
  run(request: AgentRequest): Promise<AgentResult>;
}

/** What a runtime needs of an agent's row. */
export interface Agent {
  slug: string;
  instructions: string;
  /** "offline", or "openai" (any endpoint that speaks that protocol). */
  provider: string;
  model: string;
  /** JSON Schemas 2020-12; `{}` takes anything. */
  input_schema: JsonObject;
  output_schema: JsonObject;
}

export interface AgentRequest {
  agent: Agent;
  input: JsonValue;
  /** The same for every attempt of one step run. */
  idempotencyKey: string;
  /** The attempt's deadline and cancellation; the only bound in time. */
  signal: AbortSignal;
}

export interface AgentResult {
  output: JsonValue;
  cost: StepCost;
  /** Who really made the output, for the effect's receipt. */
  provider: string;
  model: string;
}

/** One way to complete a prompt. Knows no schema checks and no repair: the runtime does that for all providers alike. */
export interface AgentProvider {
  readonly name: string;
  complete(prompt: AgentPrompt): Promise<Completion>;
}

export interface AgentPrompt extends AgentRequest {
  /** The second and last try: what was answered and what is wrong with it. */
  repair?: { answer: string; problems: string };
}

export interface Completion {
  /** As the model wrote it. */
  text: string;
  /** Undefined when the text is no JSON. */
  output: JsonValue | undefined;
  cost: StepCost;
}
