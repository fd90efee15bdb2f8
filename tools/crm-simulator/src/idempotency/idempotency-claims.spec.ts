import { describe, expect, it } from '@jest/globals';
import type { StoredAnswer } from '../state/crm-state.js';
import { ANSWER_TTL_MS, IdempotencyClaims } from './idempotency-claims.js';

const NOW = Date.parse('2026-01-02T00:00:00Z');

const stored = (fingerprint: string, atMs = NOW): StoredAnswer => ({
  kind: 'answer_stored',
  key: 'k',
  fingerprint,
  status: 201,
  body: '{"id":1}',
  headers: {},
  at: new Date(atMs).toISOString(),
});

describe('idempotency claims', () => {
  it('lets the first request run and refuses the same one while it is under way', () => {
    const claims = new IdempotencyClaims(new Map());
    expect(claims.claim('k', 'a', NOW)).toEqual({ verdict: 'run' });
    expect(claims.claim('k', 'a', NOW)).toEqual({ verdict: 'in_flight' });
    expect(claims.claim('other', 'a', NOW)).toEqual({ verdict: 'run' });
  });

  it('replays the stored answer to the same request', () => {
    const answer = stored('a');
    expect(new IdempotencyClaims(new Map([['k', answer]])).claim('k', 'a', NOW)).toEqual({ verdict: 'replay', answer });
  });

  it('refuses another request under a used key, done or under way', () => {
    const claims = new IdempotencyClaims(new Map([['k', stored('a')]]));
    claims.claim('running', 'a', NOW);
    expect(claims.claim('k', 'b', NOW)).toEqual({ verdict: 'key_reused' });
    expect(claims.claim('running', 'b', NOW)).toEqual({ verdict: 'key_reused' });
  });

  it('runs again after a release without an answer', () => {
    const claims = new IdempotencyClaims(new Map());
    claims.claim('k', 'a', NOW);
    claims.release('k');
    expect(claims.claim('k', 'a', NOW)).toEqual({ verdict: 'run' });
  });

  it('forgets an answer after a day', () => {
    const claims = new IdempotencyClaims(new Map([['k', stored('a', NOW - ANSWER_TTL_MS)]]));
    expect(claims.claim('k', 'b', NOW)).toEqual({ verdict: 'run' });
  });
});
