import type { Dispatcher } from 'undici';
import { isSecretName } from '../errors/secret-names.js';
import type { EgressRequest } from './egress-fetch.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The request that a redirect asks for, or null when the answer is none. 303, and 301/302 after POST, become GET without a body
 * (RFC 9110 §15.4). To another origin no header with a credential goes along. The caller checks the new URL.
 */
export function followRedirect(
  from: URL,
  response: Dispatcher.ResponseData,
  request: EgressRequest,
): { url: string; request: EgressRequest } | null {
  const location = response.headers['location'];
  if (!REDIRECTS.has(response.statusCode) || typeof location !== 'string') return null;
  const to = URL.parse(location, from.href);
  if (to === null) return null;
  const toGet = response.statusCode === 303 ? request.method !== 'HEAD' : response.statusCode < 303 && request.method === 'POST';
  const sameOrigin = to.origin === from.origin;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (toGet && /^content-/i.test(name)) continue;
    if (sameOrigin || !isSecretName(name)) headers[name] = value;
  }
  const { body, ...rest } = request;
  return { url: to.href, request: { ...rest, headers, ...(toGet ? { method: 'GET' } : body === undefined ? {} : { body }) } };
}
