import { checkUrl, isSecretName, type AllowedRanges } from '@flows/connectors';
import type { JsonObject } from '@flows/contracts';
import { ApiProblem, validationFailed, type FieldProblem } from '../http/api-problem.js';

/**
 * Settings of a connection: no secrets (they would be shown again), and no address that steps must not call.
 * @throws ApiProblem `validation_failed`, `egress_denied`
 */
export function checkConnectionConfig(config: JsonObject, allowed: AllowedRanges): void {
  const secrets: FieldProblem[] = [];
  const denied: FieldProblem[] = [];
  for (const [key, value] of Object.entries(config)) {
    const pointer = `#/config/${encodeURIComponent(key)}`;
    if (isSecretName(key))
      secrets.push({
        pointer,
        code: 'secret_in_config',
        message: `"${key}" is named like a secret; a connection's config is shown to everybody who may read it`,
      });
    if (!/(^|_)url$/.test(key)) continue;
    const check =
      typeof value === 'string'
        ? checkUrl(value, allowed)
        : { ok: false as const, code: 'egress_denied', reason: 'A URL is a text' };
    if (!check.ok) denied.push({ pointer, code: 'egress_denied', message: check.reason });
  }
  if (secrets.length > 0) throw validationFailed([...secrets, ...denied]);
  if (denied.length > 0)
    throw new ApiProblem('egress_denied', denied.map(({ message }) => message).join('; '), { errors: denied });
}
