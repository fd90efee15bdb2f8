import { isSecretName, MASK } from '@flows/connectors';
import type { JsonValue } from '@flows/contracts';

/** The same JSON with whatever stands under a key that is named like a secret replaced. Shares the parts that hold none with the original. */
export function maskSecrets<T>(value: T): T {
  return mask(value as JsonValue, isShownNowhere) as T;
}

/** For definitions: a text with `${ … }` only says where a secret comes from, and stays readable. */
export function maskDefinition<T>(value: T): T {
  return mask(
    value as JsonValue,
    (member) => isShownNowhere(member) && !(typeof member === 'string' && member.includes('${')),
  ) as T;
}

function isShownNowhere(member: JsonValue): boolean {
  return member !== null;
}

function mask(value: JsonValue, isSecret: (member: JsonValue) => boolean): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const masked = value.map((member) => mask(member, isSecret));
    return masked.every((member, index) => member === value[index]) ? value : masked;
  }
  let copy: { [key: string]: JsonValue } | undefined;
  for (const [key, member] of Object.entries(value)) {
    const shown = isSecretName(key) && isSecret(member) ? MASK : mask(member, isSecret);
    if (shown === member) continue;
    copy ??= { ...value };
    copy[key] = shown;
  }
  return copy ?? value;
}
