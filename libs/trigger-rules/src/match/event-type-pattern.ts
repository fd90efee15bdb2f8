/** An exact event type, or one that ends in `.*` and takes every type below it, at any depth. */
const PATTERN = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?$/;

export function isEventTypePattern(text: string): boolean {
  return text.length <= 255 && PATTERN.test(text);
}

/** `lead.` of `lead.*`; null for an exact type. */
export function wildcardPrefix(pattern: string): string | null {
  return pattern.endsWith('.*') ? pattern.slice(0, -1) : null;
}

export function matchesEventType(pattern: string, type: string): boolean {
  const prefix = wildcardPrefix(pattern);
  return prefix === null ? pattern === type : type.startsWith(prefix) && type.length > prefix.length;
}
