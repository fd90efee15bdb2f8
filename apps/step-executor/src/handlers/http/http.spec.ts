import { describe, expect, it } from '@jest/globals';
import type { ActionError } from '@flows/connectors';
import { isExpected, toOutput } from './http.answer.js';
import { buildRequest, type HttpWork } from './http.request.js';

const work = (changes: Partial<HttpWork> = {}): HttpWork => ({
  kind: 'http',
  method: 'POST',
  expect: ['2xx'],
  follow_redirects: false,
  idempotency_header: 'Idempotency-Key',
  ...changes,
});
const url = 'https://example.com/';

describe('buildRequest', () => {
  it('sends an object as JSON, with the key', () => {
    expect(buildRequest(work(), { url, headers: { 'X-A': 1 }, body: { a: 1 } }, 'key')).toEqual({
      url,
      headers: { 'x-a': '1', 'idempotency-key': 'key', 'content-type': 'application/json' },
      body: '{"a":1}',
    });
  });

  it('sends a text as it is, and leaves a content type alone', () => {
    expect(buildRequest(work(), { url, body: 'hi' }, 'k')).toMatchObject({
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'hi',
    });
    expect(buildRequest(work(), { url, headers: { 'Content-Type': 'text/csv' }, body: 'a,b' }, 'k').headers['content-type']).toBe(
      'text/csv',
    );
  });

  it('sends no key when told so, nor with GET', () => {
    expect(buildRequest(work({ idempotency_header: null }), { url }, 'key').headers).toEqual({});
    expect(buildRequest(work({ method: 'GET' }), { url }, 'key').headers).toEqual({});
    expect(buildRequest(work({ idempotency_header: 'X-Key' }), { url }, 'key').headers).toEqual({ 'x-key': 'key' });
  });

  it.each([
    [null, '#'],
    [{ url: 5 }, '#/url'],
    [{ url, headers: [] }, '#/headers'],
    [{ url, headers: { a: {} } }, '#/headers/a'],
  ])('refuses %j at %s', (input, pointer) => {
    try {
      buildRequest(work(), input, 'k');
      throw new Error('expected a refusal');
    } catch (error) {
      expect((error as ActionError).flowError).toMatchObject({ code: 'invalid_input', details: { pointer } });
    }
  });

  it('refuses a body of a GET', () => {
    expect(() => buildRequest(work({ method: 'GET' }), { url, body: 'x' }, 'k')).toThrow('#/body');
  });
});

describe('isExpected', () => {
  it.each<[number, (number | string)[], boolean]>([
    [200, ['2xx'], true],
    [204, ['2xx'], true],
    [301, ['2xx'], false],
    [404, [200, 404], true],
    [404, ['4xx'], true],
    [500, [404], false],
  ])('%d against %j is %s', (status, expected, outcome) => expect(isExpected(status, expected)).toBe(outcome));
});

describe('toOutput', () => {
  const answer = (contentType: string, body: string) =>
    toOutput({ status: 200, headers: { 'content-type': contentType, 'set-cookie': 's=1' }, body, url });
  it('parses JSON by its type, and masks credentials', () => {
    expect(answer('application/json; charset=utf-8', '{"a":1}')).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8', 'set-cookie': '***' },
      body: { a: 1 },
    });
    expect(answer('application/problem+json', '[1]')).toMatchObject({ body: [1] });
  });
  it('keeps everything else as text', () => {
    expect(answer('text/html', '{"a":1}')).toMatchObject({ body: '{"a":1}' });
    expect(answer('application/json', 'not json')).toMatchObject({ body: 'not json' });
    expect(answer('application/json', '')).toMatchObject({ body: '' });
  });
});
