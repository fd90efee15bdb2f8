const SECRET_NAME = /^(proxy-)?authorization$|^(set-)?cookie2?$|token|secret|password|^x-api-key$|^api[-_]?key$/i;

/** Counts of what a model read and wrote, which a name with "token" in it would hide. */
const COUNT_NAME = /^((max|prompt|completion|total|input|output)_)?tokens$/i;

/** True for a key or header whose value is shown nowhere: not in outputs, logs, traces, exports. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !COUNT_NAME.test(name);
}

export const MASK = '***';

/** The headers with the values of secret ones masked. */
export function maskSecretHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const masked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) masked[name] = isSecretName(name) ? MASK : value;
  return masked;
}
