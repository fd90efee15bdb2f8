import { createHash } from 'node:crypto';
import { canonicalJson, type StepRunCommand } from '@flows/contracts';

/** SHA-256 of what the step asks for. Equal over all deliveries and attempts of one idempotency key, or the key is misused. */
export function hashRequest({ work, input }: StepRunCommand): Buffer {
  return createHash('sha256').update(canonicalJson({ work, input })).digest();
}
