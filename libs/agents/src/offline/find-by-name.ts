import type { JsonValue } from '@flows/contracts';

const MAX_VISITED = 2_000;

/**
 * The value of the nearest key with this name, breadth first, so that `lead.name` is found before `lead.company.name`. Case and
 * separators do not matter. `null` counts as absent. Gives up on inputs of more than 2000 values.
 */
export function findByName(input: JsonValue, name: string): JsonValue | undefined {
  const wanted = plain(name);
  const level: JsonValue[] = [input];
  for (let visited = 0; visited < level.length && visited < MAX_VISITED; visited += 1) {
    const value = level[visited];
    if (value === null || typeof value !== 'object') continue;
    if (Array.isArray(value)) {
      level.push(...value.slice(0, MAX_VISITED));
      continue;
    }
    for (const [key, member] of Object.entries(value)) if (member !== null && plain(key) === wanted) return member;
    level.push(...Object.values(value));
  }
  return undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
