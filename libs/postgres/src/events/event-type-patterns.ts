/** What a wait for this event type may say: the type itself, or any of its beginnings that ends in a dot, with `*`. */
export function eventTypePatterns(type: string): string[] {
  const patterns = [type];
  for (let dot = type.indexOf('.'); dot >= 0; dot = type.indexOf('.', dot + 1)) patterns.push(`${type.slice(0, dot + 1)}*`);
  return patterns;
}

/** `lead.` of `lead.*`; null for an exact type. */
export function prefixOfPattern(pattern: string): string | null {
  return pattern.endsWith('.*') ? pattern.slice(0, -1) : null;
}
