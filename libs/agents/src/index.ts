export * from './agent-runtime.js';
export * from './agent-error.js';
export * from './create-agent-runtime.js';
export { findSchemaProblems } from './schema/agent-schemas.js';
export { offlineProvider } from './offline/offline.provider.js';
export { openAiProvider, type OpenAiOptions } from './openai/openai.provider.js';
export type { ModelPrices } from './openai/model-prices.js';
