import type { Answer, RecordedCall } from '@flows/testkit';

/** A provider that speaks the chat completions protocol, as `openai` agents call it. */
export const TOKENS = { prompt_tokens: 20, completion_tokens: 10 };

/** What the model was asked: the input of the step, as the last user message of a first try. */
export function askedOf(call: RecordedCall): unknown {
  const { messages } = JSON.parse(call.body) as { messages: { role: string; content: string }[] };
  const question = messages.find(({ role }) => role === 'user')?.content ?? 'null';
  return JSON.parse(question);
}

export function completion(output: unknown): Answer {
  return {
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 0,
      model: 'stub',
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: JSON.stringify(output), refusal: null } },
      ],
      usage: { ...TOKENS, total_tokens: TOKENS.prompt_tokens + TOKENS.completion_tokens },
    },
  };
}

/** Answers `{ heard: <the input> }`. */
export function echo(call: RecordedCall): Answer {
  return completion({ heard: askedOf(call) });
}
