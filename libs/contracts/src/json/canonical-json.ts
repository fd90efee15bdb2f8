/**
 * JSON with object keys sorted by UTF-16 code units (as RFC 8785), so that equal values have equal texts: for hashes and comparisons.
 * Otherwise it says what JSON.stringify says: dates are texts, members without a value are left out, NaN and Infinity are null.
 * Recursive: the caller bounds the depth.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return canonicalJson((toJSON as () => unknown).call(value));
  const entries = Object.entries(value as Record<string, unknown>).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
