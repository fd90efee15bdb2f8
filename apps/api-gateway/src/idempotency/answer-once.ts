import { readSql } from '@flows/postgres';
import type pg from 'pg';
import type { IdempotentRequest } from '../access/api-call.js';
import { Answer } from '../http/answer.js';
import { ApiProblem } from '../http/api-problem.js';

const CLAIM = readSql(import.meta.url, './claim-key.sql');
const READ = readSql(import.meta.url, './read-answer.sql');
const KEEP = readSql(import.meta.url, './keep-answer.sql');

const LOCK_NOT_AVAILABLE = '55P03';

interface KeptAnswer {
  route: string;
  fingerprint: Buffer;
  state: 'in_progress' | 'done';
  status: number;
  headers: Record<string, string>;
  body: string | null;
}

/**
 * Does the work of a request once per key, inside the transaction that `client` is in: the claim, the effect and the kept answer
 * are committed together or not at all, so a crash or an error leaves nothing behind and the request may simply come again.
 *
 *   claim ──new──► work ──► keep the answer ──► commit
 *     └──taken──► (waits for the other transaction) ──► replay · 422 other request · 409 still at work
 */
export async function answerOnce(
  client: pg.ClientBase,
  workspaceId: string,
  request: IdempotentRequest,
  work: () => Promise<Answer>,
): Promise<Answer> {
  if (await claim(client, workspaceId, request)) {
    const answer = await work();
    await client.query(KEEP, [workspaceId, request.key, answer.status, JSON.stringify(answer.headers), answer.body]);
    return answer;
  }
  const { rows } = await client.query<KeptAnswer>(READ, [workspaceId, request.key]);
  const kept = rows[0];
  if (kept === undefined || kept.state === 'in_progress') throw inProgress();
  if (kept.route !== request.route || !kept.fingerprint.equals(request.fingerprint)) {
    throw new ApiProblem('idempotency_key_reused', 'This key was used for another request; take a new key for a new request');
  }
  return Answer.text(kept.status, kept.body, { ...kept.headers, 'idempotency-replayed': 'true' });
}

/** The insert waits while another transaction holds the same key, and then sees what it did. */
async function claim(
  client: pg.ClientBase,
  workspaceId: string,
  { key, route, fingerprint }: IdempotentRequest,
): Promise<boolean> {
  try {
    const { rowCount } = await client.query({
      name: 'claim-idempotency-key',
      text: CLAIM,
      values: [workspaceId, key, route, fingerprint],
    });
    return rowCount === 1;
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) throw inProgress();
    throw error;
  }
}

function inProgress(): ApiProblem {
  return new ApiProblem('idempotency_in_progress', 'The first request with this key has not ended yet', {
    headers: { 'retry-after': '1' },
  });
}
