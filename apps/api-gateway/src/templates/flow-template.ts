import type { FlowDefinition } from '@flows/contracts';
import type { JsonSchema } from '@flows/json-schema';
import type { CreateAgentBody } from '../agents/agent.dto.js';
import type { NewTrigger } from '../triggers/triggers.service.js';

/** Constants of the workflow that is made: what the inputs form asks for. */
export type TemplateInputs = Record<string, unknown>;

/**
 * A workflow to fill in. Its graph is the same for everybody: what differs are constants that expressions see as `inputs`,
 * so a workflow keeps its provenance and can be compared with a later version of the template.
 */
export interface FlowTemplate {
  readonly slug: string;
  /** Grows with every change of what it makes. */
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  /** JSON Schema 2020-12 with titles and defaults: the form is rendered from it alone. */
  readonly inputsSchema: Exclude<JsonSchema, boolean>;
  /** Connections that the workspace must have, by the name that the graph uses. */
  readonly requiredConnections: readonly { readonly name: string; readonly provider: string }[];
  /** Made in the workspace where they are missing. */
  readonly agents: readonly CreateAgentBody[];
  readonly definition: Omit<FlowDefinition, 'inputs'>;
  /** What starts it. */
  trigger(inputs: TemplateInputs): Omit<NewTrigger, 'workflowId'>;
}
