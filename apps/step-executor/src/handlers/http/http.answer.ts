import { maskSecretHeaders, type EgressResponse } from '@flows/connectors';
import type { JsonValue } from '@flows/contracts';

/** `expect` has statuses (201) and ranges ("2xx"). */
export function isExpected(status: number, expect: readonly (number | string)[]): boolean {
  return expect.some((one) => (typeof one === 'number' ? one === status : one === `${Math.floor(status / 100)}xx`));
}

/**
 * The step's output. The body is parsed when the answer says that it is JSON and it is; else it is the text. Values of headers that
 * carry credentials (cookies, tokens) are masked: the output is kept in the run's history.
 */
export function toOutput({ status, headers, body }: EgressResponse): JsonValue {
  return { status, headers: maskSecretHeaders(headers), body: isJson(headers['content-type']) ? parseOrText(body) : body };
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/([\w.-]+\+)?json\b/i.test(contentType.trim());
}

function parseOrText(body: string): JsonValue {
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    // A body that is not what its type says is still worth having.
    return body;
  }
}
