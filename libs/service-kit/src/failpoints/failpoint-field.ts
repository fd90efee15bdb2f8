import { makeField, type Field } from '../config/field.js';
import { FAILPOINTS } from './failpoint-names.js';
import { parseFailpoints, type FailpointSpec } from './failpoint-spec.js';

/** The setting that arms failpoints; an unknown name stops the boot, else a chaos test would pass without having tested anything. */
export function failpointList(name: string): Field<readonly FailpointSpec[]> {
  const expected = `a list like "name=kill@1,name=sleep:500@2,name=throw" with names among ${FAILPOINTS.join(', ')}`;
  return makeField(name, expected, parseFailpoints, { default: [] }) as Field<readonly FailpointSpec[]>;
}
