import { isAllowed, isPublicUnicast, parseLiteral, type AllowedRanges } from './address-rules.js';

/** Ports that any public address may be reached at; others only inside allowed ranges. */
const OPEN_PORTS = new Set([80, 443, 8443]);
const MAX_URL_LENGTH = 8192;
const LOCAL_NAME = /(^|\.)localhost\.?$/;

export type UrlCheck = { ok: true; url: URL } | { ok: false; code: 'egress_denied'; reason: string };

/**
 * What can be said of a URL without looking its name up: scheme, credentials, port, literal addresses. Used when a URL is saved and
 * again before each request and each redirect. The name's addresses are checked when it is connected to, never earlier: an answer
 * that was fine at save may be another one later.
 */
export function checkUrl(text: string, allowed: AllowedRanges = []): UrlCheck {
  if (text.length > MAX_URL_LENGTH) return denied(`A URL has at most ${MAX_URL_LENGTH} characters`);
  const url = URL.parse(text);
  if (url === null) return denied(`"${text.slice(0, 200)}" is no absolute URL`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return denied(`Only http and https URLs are called, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '') return denied('A URL carries no credentials: send them in a header');
  if (url.hostname === '') return denied('The URL has no host');
  const address = LOCAL_NAME.test(url.hostname) ? '127.0.0.1' : parseLiteral(url.hostname);
  if (address !== null) {
    const reason = checkAddress(address, portOf(url), allowed);
    return reason === null ? { ok: true, url } : denied(reason);
  }
  if (!isOpenPort(portOf(url)) && allowed.length === 0) return denied(portReason(portOf(url)));
  return { ok: true, url };
}

/** Why an address may not be connected to at a port, or null when it may. */
export function checkAddress(address: string, port: number, allowed: AllowedRanges): string | null {
  if (isAllowed(address, allowed)) return null;
  if (!isPublicUnicast(address)) return `${address} is not a public address`;
  return isOpenPort(port) ? null : portReason(port);
}

export function portOf(url: URL): number {
  return url.port !== '' ? Number(url.port) : url.protocol === 'https:' ? 443 : 80;
}

export function isOpenPort(port: number): boolean {
  return OPEN_PORTS.has(port);
}

function portReason(port: number): string {
  return `Port ${port} is not open for requests: use 80, 443 or 8443`;
}

function denied(reason: string): UrlCheck {
  return { ok: false, code: 'egress_denied', reason };
}
