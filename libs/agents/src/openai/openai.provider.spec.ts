import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRecordingProvider, type Answer, type RecordingProvider } from '@flows/testkit';
import type { JsonObject, JsonValue } from '@flows/contracts';
import { AgentError } from '../agent-error.js';
import type { Agent } from '../agent-runtime.js';
import { createAgentRuntime } from '../create-agent-runtime.js';
import { offlineProvider } from '../offline/offline.provider.js';
import { openAiProvider } from './openai.provider.js';

/** A model server on loopback that answers as told, over real HTTP. */
let model: RecordingProvider;
beforeAll(async () => {
  model = await startRecordingProvider();
});
beforeEach(() => model.reset());
afterAll(() => model.close());

const agent: Agent = {
  slug: 'enricher',
  instructions: 'Score the lead.',
  provider: 'openai',
  model: 'test-model',
  input_schema: { type: 'object', required: ['lead'] },
  output_schema: { type: 'object', properties: { score: { type: 'integer' } }, required: ['score'], additionalProperties: false },
};
const says = (content: string, extra: object = {}): Answer => ({
  body: {
    id: 'c1',
    object: 'chat.completion',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content, ...extra } }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  },
});
const run = (changes: { agent?: Partial<Agent>; input?: JsonValue; signal?: AbortSignal; apiKey?: undefined } = {}) => {
  const prices = { 'test-model': { input: 1, output: 10 } };
  const provider = openAiProvider({ baseUrl: `${model.url}/v1`, prices, apiKey: 'apiKey' in changes ? undefined : 'sk-test' });
  return createAgentRuntime([offlineProvider, provider]).run({
    agent: { ...agent, ...changes.agent },
    input: changes.input ?? { lead: { name: 'Ada' } },
    idempotencyKey: 'key-1',
    signal: changes.signal ?? AbortSignal.timeout(10_000),
  });
};
const failure = async (work: Promise<unknown>): Promise<AgentError> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof AgentError)) throw new Error('expected an AgentError', { cause: error });
  return error;
};
const sent = (index = 0) =>
  JSON.parse(model.calls[index]!.body) as { messages: JsonObject[]; response_format: JsonObject; model: string };

describe('openai', () => {
  it('sends instructions, input and schema, and returns output, tokens and cost', async () => {
    model.answer(says('{"score":80}'));
    expect(await run()).toEqual({
      output: { score: 80 },
      cost: { amount: (100 * 1 + 20 * 10) / 1e6, currency: 'USD', tokens: 120 },
      provider: 'openai',
      model: 'test-model',
    });
    const call = model.calls[0]!;
    expect([call.method, call.path, call.headers['authorization'], call.idempotencyKey]).toEqual([
      'POST',
      '/v1/chat/completions',
      'Bearer sk-test',
      'key-1',
    ]);
    expect(sent().messages).toMatchObject([{ role: 'system' }, { role: 'user', content: '{"lead":{"name":"Ada"}}' }]);
    expect(sent().response_format).toEqual({ type: 'json_schema', json_schema: { name: 'output', schema: agent.output_schema } });
  });

  it('gives one repair try, under another key, and adds up the cost', async () => {
    model.answerNext(says('{"score":"high"}'), says('```json\n{"score":70}\n```'));
    const result = await run();
    expect(result.output).toEqual({ score: 70 });
    expect(result.cost.tokens).toBe(240);
    expect(model.calls.map((call) => call.idempotencyKey)).toEqual(['key-1', 'key-1:repair']);
    expect(sent(1).messages.slice(2)).toEqual([
      { role: 'assistant', content: '{"score":"high"}' },
      {
        role: 'user',
        content: 'This does not fit the schema: #/score: The value must be integer. Answer again with the corrected JSON only.',
      },
    ]);
  });

  it('gives up after the repair, with what it cost', async () => {
    model.answer(says('sorry, no'));
    const error = await failure(run());
    expect(error.flowError).toMatchObject({
      code: 'agent_output_invalid',
      class: 'retryable',
      details: { cost: { tokens: 240 } },
    });
    expect(model.calls).toHaveLength(2);
  });

  it('refuses an input that does not fit before it calls', async () => {
    expect((await failure(run({ input: {} }))).flowError).toMatchObject({
      code: 'invalid_input',
      details: { pointer: '#/lead' },
    });
    expect(model.calls).toHaveLength(0);
  });

  it('wraps a schema that is no object', async () => {
    model.answer(says('{"value":5}'));
    expect((await run({ agent: { output_schema: { type: 'integer' } } })).output).toBe(5);
  });

  it.each<[number, JsonObject, string, string]>([
    [429, {}, 'rate_limited', 'rate_limited'],
    [429, { error: { code: 'insufficient_quota', message: 'no money' } }, 'insufficient_quota', 'non_retryable'],
    [401, {}, 'unauthorized', 'auth'],
    [500, {}, 'provider_unavailable', 'retryable'],
    [400, {}, 'provider_refused', 'non_retryable'],
  ])('classes a %d %j', async (status, body, code, errorClass) => {
    model.answer({ status, body, headers: { 'retry-after': '9' } });
    const error = await failure(run());
    expect(error.flowError).toMatchObject({ code, class: errorClass, details: { status } });
    expect(error.retryAfter).toBe('9');
    expect(model.calls).toHaveLength(1);
  });

  it('says when the model refuses', async () => {
    model.answer(says('', { refusal: 'not allowed' }));
    expect((await failure(run())).flowError.code).toBe('agent_refused');
  });

  it('reports a broken connection as retryable', async () => {
    model.answerNext({ breakBeforeEffect: true });
    expect((await failure(run())).flowError).toMatchObject({ code: 'network_error', class: 'retryable' });
  });

  it('ends with its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('deadline');
    model.answer(() => {
      controller.abort(reason);
      return { hang: true };
    });
    await expect(run({ signal: controller.signal })).rejects.toBe(reason);
  });

  it('without a key says what to set', async () => {
    expect((await failure(run({ apiKey: undefined }))).flowError.code).toBe('agent_provider_unconfigured');
  });
});

describe('the runtime', () => {
  it('runs an offline agent without a call', async () => {
    const result = await run({ agent: { provider: 'offline' } });
    expect(result).toEqual({
      output: { score: 10 },
      cost: { amount: 0, currency: 'USD', tokens: 0 },
      provider: 'offline',
      model: 'test-model',
    });
    expect(model.calls).toHaveLength(0);
  });

  it('names an unknown provider', async () => {
    expect((await failure(run({ agent: { provider: 'crystal-ball' } }))).flowError.code).toBe('agent_provider_unknown');
  });
});
