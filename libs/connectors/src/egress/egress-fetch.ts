import { Agent, type Dispatcher } from 'undici';
import { ActionError } from '../errors/action-error.js';
import { checkedLookup, systemResolver, type Resolver } from './checked-lookup.js';
import { EgressDenied, networkError } from './egress-errors.js';
import { parseAllowedRanges } from './address-rules.js';
import { readBody } from './read-body.js';
import { followRedirect } from './redirect.js';
import { checkAddress, checkUrl, isOpenPort, portOf } from './url-rules.js';

export interface EgressRequest {
  method: string;
  /** Names in any case. Hop-by-hop headers and `host` are refused. */
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Bounds the whole request, redirects and body included. There is no other deadline. */
  signal: AbortSignal;
  /** Default false. At most three are followed, each checked as the first URL is. */
  followRedirects?: boolean;
}

export interface EgressResponse {
  status: number;
  /** Names in lower case; repeated headers joined by ", ". */
  headers: Record<string, string>;
  /** Whole, decoded as UTF-8, at most 1 MiB. */
  body: string;
  /** Where the answer came from, after redirects. */
  url: string;
}

/** Throws ActionError, or what the signal was aborted with. */
export type EgressFetch = (url: string, request: EgressRequest) => Promise<EgressResponse>;

export interface EgressOptions {
  /** Ranges where neither the address rule nor the port rule holds. */
  allowCidrs: readonly string[];
  resolver?: Resolver;
}

export interface Egress {
  fetch: EgressFetch;
  /** Closes idle connections; requests under way end first. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;
const REFUSED_HEADER = /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|expect)$/i;

/**
 * The way out for every URL that a user can choose. Proxy settings of the environment are not read.
 * Two agents, since a socket's lookup does not know its port: one for open ports (public addresses pass), one for all others
 * (only allowed ranges pass).
 */
export function createEgress({ allowCidrs, resolver = systemResolver }: EgressOptions): Egress {
  const allowed = parseAllowedRanges(allowCidrs);
  const agentFor = (port: number): Agent =>
    new Agent({
      maxHeaderSize: MAX_HEADER_BYTES,
      // The caller's signal bounds the request; a slow answer within it is legal.
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        lookup: checkedLookup(resolver, (address) => checkAddress(address, port, allowed)),
      },
    });
  const openPorts = agentFor(443);
  const otherPorts = agentFor(0);

  const send = async (url: URL, request: EgressRequest): Promise<Dispatcher.ResponseData> => {
    try {
      return await (isOpenPort(portOf(url)) ? openPorts : otherPorts).request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: { 'accept-encoding': 'identity', ...request.headers },
        body: request.body ?? null,
        signal: request.signal,
      });
    } catch (error) {
      request.signal.throwIfAborted();
      throw networkError(url.host, error);
    }
  };

  const fetch: EgressFetch = async (text, original) => {
    checkHeaders(original.headers ?? {});
    let request = original;
    let target = text;
    for (let hops = 0; ; hops += 1) {
      const checked = checkUrl(target, allowed);
      if (!checked.ok) throw new EgressDenied(checked.reason);
      request.signal.throwIfAborted();
      const response = await send(checked.url, request);
      const next = original.followRedirects === true ? followRedirect(checked.url, response, request) : null;
      if (next === null) return await toResponse(checked.url, response, request);
      await response.body.dump({ limit: MAX_HEADER_BYTES }).catch(() => response.body.destroy());
      if (hops === MAX_REDIRECTS) throw tooManyRedirects(checked.url.host);
      ({ url: target, request } = next);
    }
  };

  return { fetch, close: async () => void (await Promise.all([openPorts.close(), otherPorts.close()])) };
}

/** The fetch alone, for callers that live as long as their process. */
export function createEgressFetch(options: EgressOptions): EgressFetch {
  return createEgress(options).fetch;
}

async function toResponse(url: URL, response: Dispatcher.ResponseData, request: EgressRequest): Promise<EgressResponse> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  try {
    const body = await readBody(response.body, headers['content-encoding'], url.host);
    return { status: response.statusCode, headers, body, url: url.href };
  } catch (error) {
    request.signal.throwIfAborted();
    throw error instanceof ActionError ? error : networkError(url.host, error);
  }
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const refused = Object.keys(headers).find((name) => REFUSED_HEADER.test(name));
  if (refused === undefined) return;
  throw new ActionError({
    code: 'invalid_input',
    message: `#/headers/${refused}: this header belongs to the connection and cannot be set`,
    class: 'non_retryable',
    origin: 'executor',
    details: { pointer: `#/headers/${refused}` },
  });
}

function tooManyRedirects(host: string): ActionError {
  return new ActionError({
    code: 'too_many_redirects',
    message: `${host} redirected more than ${MAX_REDIRECTS} times`,
    class: 'non_retryable',
    origin: 'provider',
  });
}
