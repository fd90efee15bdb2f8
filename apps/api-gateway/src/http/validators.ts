import { fromTypeId, type IdPrefix } from '@flows/contracts';
import { registerDecorator, type ValidationOptions } from 'class-validator';

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** A moment with its offset, as RFC 3339 has it; a local time without one would mean something else on every server. */
export function isRfc3339(value: unknown): value is string {
  return typeof value === 'string' && RFC3339.test(value) && !Number.isNaN(Date.parse(value));
}

/** A rule of our own: its name is the problem's code, its message begins with the property. */
export function rule(
  name: string,
  check: (value: unknown) => boolean,
  message: string,
  options?: ValidationOptions,
): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      ...(options === undefined ? {} : { options }),
      validator: {
        validate: check,
        defaultMessage: ({ property: at } = { property: String(property) } as never) => `${at} ${message}`,
      },
    });
}

export const IsTimestamp = () => rule('timestamp', isRfc3339, 'must be a timestamp with offset, such as 2026-01-31T09:00:00Z');

/** A text with something in it, at most `max` characters. */
export const IsText = (max: number) =>
  rule(
    'text',
    (value) => typeof value === 'string' && value.trim() !== '' && value.length <= max,
    `must be a text of 1 to ${max} characters`,
  );

/** A text that may be empty. */
export const IsLongText = (max: number) =>
  rule('text', (value) => typeof value === 'string' && value.length <= max, `must be a text of at most ${max} characters`);

export const IsJsonObject = () =>
  rule('object', (value) => value !== null && typeof value === 'object' && !Array.isArray(value), 'must be a JSON object');

/** Whatever JSON can say; the property only has to be known. */
export const IsAnyJson = () => rule('json', () => true, 'must be JSON');

export const IsJsonSchema = () =>
  rule(
    'json_schema',
    (value) => typeof value === 'boolean' || (value !== null && typeof value === 'object' && !Array.isArray(value)),
    'must be a JSON Schema: an object',
  );

/** An id of the API with this prefix; whether it exists is asked later. */
export const IsTypeId = (prefix: IdPrefix) =>
  rule(
    'id',
    (value) => typeof value === 'string' && fromTypeId(prefix, value) !== null,
    `must be an id that begins with ${prefix}_`,
  );
