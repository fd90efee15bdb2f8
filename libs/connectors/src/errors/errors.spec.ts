import { describe, expect, it } from '@jest/globals';
import { answerError, classifyStatus } from './classify-status.js';
import { parseRetryAfterMs } from './retry-after.js';
import { isSecretName, maskSecretHeaders } from './secret-names.js';

describe('classifyStatus', () => {
  it.each([
    [408, 'retryable'],
    [425, 'retryable'],
    [429, 'rate_limited'],
    [500, 'retryable'],
    [503, 'retryable'],
    [401, 'auth'],
    [403, 'auth'],
    [301, 'non_retryable'],
    [400, 'non_retryable'],
    [404, 'non_retryable'],
    [422, 'non_retryable'],
  ] as const)('%d is %s', (status, expected) => expect(classifyStatus(status)).toBe(expected));
});

describe('parseRetryAfterMs', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['999999999', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s is %s', (value, expected) => expect(parseRetryAfterMs(value, now)).toBe(expected));
});

describe('answerError', () => {
  it('carries status, an excerpt of the body, and what the provider asked for', () => {
    const error = answerError('The CRM', { status: 429, headers: { 'retry-after': '7' }, body: 'x'.repeat(5000) });
    expect(error.flowError).toMatchObject({
      code: 'rate_limited',
      class: 'rate_limited',
      origin: 'provider',
      message: 'The CRM answered 429',
    });
    expect((error.flowError.details?.['body'] as string).length).toBe(1024);
    expect(error.retryAfterMs).toBe(7_000);
    expect(error.effectUnknown).toBe(false);
  });
});

describe('maskSecretHeaders', () => {
  it('masks by name and keeps the rest', () => {
    expect(
      maskSecretHeaders({
        authorization: 'a',
        'set-cookie': 'b',
        'X-Api-Key': 'c',
        'x-auth-token': 'd',
        'client-secret': 'e',
        etag: 'f',
      }),
    ).toEqual({
      authorization: '***',
      'set-cookie': '***',
      'X-Api-Key': '***',
      'x-auth-token': '***',
      'client-secret': '***',
      etag: 'f',
    });
  });
});

describe('isSecretName', () => {
  it.each(['refresh_token', 'tokens_secret', 'PASSWORD', 'api_key'])('hides %s', (name) => expect(isSecretName(name)).toBe(true));
  it.each(['tokens', 'max_tokens', 'key', 'name'])('shows %s', (name) => expect(isSecretName(name)).toBe(false));
});
