import { createHash } from 'node:crypto';
import { canonicalJson } from '@flows/contracts';
import type { WorkflowVersionEntity } from '@flows/postgres';
import { ApiProblem } from '../http/api-problem.js';

/**
 * ETags of a workflow: `"v<version>.<revision>-<hash of the representation>"`. The first part names the state of the newest
 * definition, which is what `If-Match` protects; the hash makes the tag a strong one for `If-None-Match`.
 */
export function entityTag(newest: Pick<WorkflowVersionEntity, 'number' | 'revision'>, representation: unknown): string {
  const hash = createHash('sha256').update(canonicalJson(representation)).digest('hex').slice(0, 8);
  return `"${statePrefix(newest)}${hash}"`;
}

/** @throws ApiProblem `precondition_required` without the header, `precondition_failed` when the definition has changed since. */
export function requireMatch(ifMatch: string | undefined, newest: WorkflowVersionEntity, currentTag: () => string): void {
  if (ifMatch === undefined) {
    throw new ApiProblem('precondition_required', 'Send the ETag of the workflow as you read it: If-Match: "v…"');
  }
  if (ifMatch.trim() === '*') return;
  const tags = [...ifMatch.matchAll(/(W\/)?"([^"]*)"/g)];
  if (tags.some(([, weak, tag]) => weak === undefined && tag?.startsWith(statePrefix(newest)))) return;
  const etag = currentTag();
  throw new ApiProblem('precondition_failed', 'Somebody saved the workflow after you read it; read it again and merge', {
    headers: { etag },
    extensions: { current_etag: etag },
  });
}

export function matchesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

function statePrefix({ number, revision }: Pick<WorkflowVersionEntity, 'number' | 'revision'>): string {
  return `v${number}.${revision}-`;
}
