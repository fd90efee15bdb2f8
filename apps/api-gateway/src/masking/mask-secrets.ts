import { isSecretName, MASK } from '@flows/connectors';
import type { JsonValue } from '@flows/contracts';

/** The same JSON with whatever stands under a key that is named like a secret replaced. Shares the parts that hold none with the original. */
export function maskSecrets<T extends JsonValue | undefined>(value: T): T {
  return value === undefined ? value : (mask(value) as T);
}

function mask(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const masked = value.map(mask);
    return masked.every((item, index) => item === value[index]) ? value : masked;
  }
  let copy: { [key: string]: JsonValue } | undefined;
  for (const [key, member] of Object.entries(value)) {
    const shown = isSecretName(key) && member !== null ? MASK : mask(member);
    if (shown === member) continue;
    copy ??= { ...value };
    copy[key] = shown;
  }
  return copy ?? value;
}
