/**
 * The installation's admin token where nobody set one. The gateway compares it as a whole and looks nothing up for it, so it has none of
 * the form of a workspace's keys; its first letters say what it is to whoever finds it.
 */
import { randomBytes } from 'node:crypto';

export function createAdminToken(): string {
  return `flows_admin_${randomBytes(24).toString('base64url')}`;
}
