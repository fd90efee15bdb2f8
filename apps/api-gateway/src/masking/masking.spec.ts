import { describe, expect, it } from '@jest/globals';
import type { GraphDefinition } from '@flows/contracts';
import { maskDefinition, maskSecrets } from './mask-secrets.js';
import { restoreMasked } from './restore-masked.js';

describe('maskSecrets', () => {
  it('hides whatever stands under a key named like a secret, at any depth', () => {
    const value = {
      Authorization: 'x',
      'X-API-Key': 5,
      list: [{ accessToken: { a: 1 } }],
      my_secret: null,
      ok: 'y',
      PASSWORD_HINT: ['z'],
    };
    expect(maskSecrets(value)).toEqual({
      Authorization: '***',
      'X-API-Key': '***',
      list: [{ accessToken: '***' }],
      my_secret: null,
      ok: 'y',
      PASSWORD_HINT: '***',
    });
  });

  it('hands on what holds none as it is', () => {
    const value = { a: [1, { b: 'c' }], d: null };
    expect(maskSecrets(value)).toBe(value);
    expect(maskSecrets(undefined)).toBeUndefined();
  });

  it('leaves expressions of a definition readable', () => {
    expect(maskDefinition({ token: '${ inputs.t }', password: 'p' })).toEqual({ token: '${ inputs.t }', password: '***' });
  });
});

describe('restoreMasked', () => {
  const step = (id: string, headers: object) => ({ id, type: 'http', url: 'https://example.com/', headers });
  const graph = (...steps: object[]) => ({ steps, edges: [] }) as unknown as GraphDefinition;

  it('puts a secret back where its mask is sent, by step id, and nowhere else', () => {
    const before = graph(step('a', { Authorization: 'one' }), step('b', { Authorization: 'two' }));
    const sent = graph(
      step('b', { Authorization: '***', 'X-Other': '***' }),
      step('a', { Authorization: 'new' }),
      step('c', { Authorization: '***' }),
    );
    expect(restoreMasked(sent, before)).toEqual(
      graph(
        step('b', { Authorization: 'two', 'X-Other': '***' }),
        step('a', { Authorization: 'new' }),
        step('c', { Authorization: '***' }),
      ),
    );
  });

  it('takes whatever stands where steps should be', () => {
    const odd = graph(null as never, 'x' as never, { id: 5 });
    expect(restoreMasked(odd, graph(step('a', {})))).toEqual(odd);
  });
});
