import type { RecordingProvider } from '@flows/testkit';
import type { ProviderCalls } from './evidence.js';

/** A CRM simulator, and the workspace that it is the CRM of. */
export interface CallLog {
  workspaceId: string;
  url: string;
}

interface CallsView {
  key: string;
  count: number;
  applied: number;
  body_sha256s: string[];
  last_at: string;
}

/** What the providers counted under each idempotency key. They know nothing of us, and so they are believed. */
export async function readProviderCalls(logs: readonly CallLog[]): Promise<ProviderCalls[]> {
  const pages = await Promise.all(
    logs.map(async ({ workspaceId, url }) => {
      const answer = await fetch(`${url}/calls`);
      if (!answer.ok) throw new Error(`GET ${url}/calls answered ${answer.status}`);
      const { items } = (await answer.json()) as { items: CallsView[] };
      return items.map(({ key, count, applied, body_sha256s, last_at }) => ({
        key,
        workspace_id: workspaceId,
        count,
        applied,
        bodies: body_sha256s,
        last_at: Date.parse(last_at),
      }));
    }),
  );
  return pages.flat();
}

/** The same of a provider in the test's own process. Calls without a key tell nothing about effects. */
export function recordedCalls({ calls, effects }: RecordingProvider): ProviderCalls[] {
  const byKey = Map.groupBy(calls, ({ idempotencyKey }) => idempotencyKey);
  return [...byKey].flatMap(([key, own]) => {
    if (key === null) return [];
    return {
      key,
      workspace_id: null,
      count: own.length,
      applied: effects.filter(({ idempotencyKey }) => idempotencyKey === key).length,
      bodies: [...new Set(own.map(({ bodyHash }) => bodyHash))],
      last_at: Math.max(...own.map(({ receivedAt }) => receivedAt)),
    };
  });
}
