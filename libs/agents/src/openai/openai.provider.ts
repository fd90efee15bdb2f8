import OpenAI from 'openai';
import type { JsonObject, JsonValue } from '@flows/contracts';
import { AgentError } from '../agent-error.js';
import type { AgentPrompt, AgentProvider, Completion } from '../agent-runtime.js';
import { costOf, type ModelPrices } from './model-prices.js';
import { toAgentError } from './openai-errors.js';

export interface OpenAiOptions {
  /** Absent: OpenAI's own. Set by the operator, so it is not under the egress guard. */
  baseUrl?: string | undefined;
  /** Absent: agents of this provider fail with a clear error. */
  apiKey?: string | undefined;
  prices?: ModelPrices;
}

type Messages = OpenAI.Chat.Completions.ChatCompletionMessageParam[];

/**
 * Any endpoint that speaks the chat completions protocol, with the output schema as response format. Not every such endpoint enforces
 * the schema; the runtime checks the output in any case. Neither retries nor times out by itself: the engine does both.
 */
export function openAiProvider({ baseUrl, apiKey, prices = {} }: OpenAiOptions): AgentProvider {
  const client =
    apiKey === undefined ? null : new OpenAI({ apiKey, baseURL: baseUrl ?? null, maxRetries: 0, timeout: 2 ** 31 - 1 });
  return {
    name: 'openai',
    async complete(prompt) {
      if (client === null) throw unconfigured();
      const { agent, idempotencyKey, signal, repair } = prompt;
      try {
        const answer = await client.chat.completions.create(
          { model: agent.model, messages: messagesOf(prompt), response_format: responseFormat(agent.output_schema) },
          // The repair is another request, so it has another key.
          { signal, headers: { 'idempotency-key': repair === undefined ? idempotencyKey : `${idempotencyKey}:repair` } },
        );
        return readAnswer(answer, prompt, prices);
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof AgentError ? error : toAgentError(error);
      }
    },
  };
}

/** The input is data for the model, set apart from the instructions. */
function messagesOf({ agent, input, repair }: AgentPrompt): Messages {
  const messages: Messages = [
    {
      role: 'system',
      content: `${agent.instructions}\n\nAnswer with one JSON value that fits the given schema, and nothing else.`,
    },
    { role: 'user', content: JSON.stringify(input) },
  ];
  if (repair === undefined) return messages;
  return [
    ...messages,
    { role: 'assistant', content: repair.answer },
    { role: 'user', content: `This does not fit the schema: ${repair.problems}. Answer again with the corrected JSON only.` },
  ];
}

/** The protocol wants an object at the top; any other schema travels under the key `value`. */
function responseFormat(schema: JsonObject): OpenAI.Chat.Completions.ChatCompletionCreateParams['response_format'] {
  if (isAnything(schema)) return { type: 'json_object' };
  const sent = isObjectSchema(schema) ? schema : { type: 'object', properties: { value: schema }, required: ['value'] };
  return { type: 'json_schema', json_schema: { name: 'output', schema: sent } };
}

function readAnswer(answer: OpenAI.Chat.Completions.ChatCompletion, { agent }: AgentPrompt, prices: ModelPrices): Completion {
  const choice = answer.choices?.[0];
  if (choice?.message?.refusal) throw refused(choice.message.refusal);
  if (choice?.finish_reason === 'content_filter') throw refused('its content filter stopped the answer');
  const text = choice?.message?.content ?? '';
  const usage = { input: answer.usage?.prompt_tokens ?? 0, output: answer.usage?.completion_tokens ?? 0 };
  return { text, output: unwrap(parseJson(text), agent.output_schema), cost: costOf(usage, agent.model, prices) };
}

function unwrap(parsed: JsonValue | undefined, schema: JsonObject): JsonValue | undefined {
  if (parsed === undefined || isAnything(schema) || isObjectSchema(schema)) return parsed;
  return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed) ? parsed['value'] : undefined;
}

/** Models like to wrap JSON in a Markdown fence, whatever they are told. */
function parseJson(text: string): JsonValue | undefined {
  const bare = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text)?.[1] ?? text;
  try {
    return JSON.parse(bare) as JsonValue;
  } catch {
    return undefined;
  }
}

function isAnything(schema: JsonObject): boolean {
  return Object.keys(schema).length === 0;
}

function isObjectSchema(schema: JsonObject): boolean {
  return schema['type'] === 'object' || (schema['type'] === undefined && schema['properties'] !== undefined);
}

function unconfigured(): AgentError {
  return new AgentError({
    code: 'agent_provider_unconfigured',
    message: 'The provider "openai" has no key: set OPENAI_API_KEY for the step executor, or use the provider "offline"',
    class: 'non_retryable',
    origin: 'executor',
  });
}

function refused(reason: string): AgentError {
  return new AgentError({
    code: 'agent_refused',
    message: `The model refused: ${reason}`.slice(0, 4096),
    class: 'non_retryable',
    origin: 'provider',
  });
}
