import type { AgentProvider } from '../agent-runtime.js';
import { fillSchema } from './fill-schema.js';

/** Fills the output schema by rules from the input, so that every flow runs without a model. Free, instant, deterministic; calls nobody. */
export const offlineProvider: AgentProvider = {
  name: 'offline',
  complete({ agent, input }) {
    const output = fillSchema(agent.output_schema, input);
    return Promise.resolve({ output, text: JSON.stringify(output), cost: { amount: 0, currency: 'USD', tokens: 0 } });
  },
};
