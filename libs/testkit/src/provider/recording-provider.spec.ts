import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRecordingProvider, type RecordingProvider } from './recording-provider.js';

let provider: RecordingProvider;
beforeAll(async () => {
  provider = await startRecordingProvider();
});
beforeEach(() => provider.reset());
afterAll(() => provider.close());

const call = (key: string, body = '{}') =>
  fetch(`${provider.url}/sms`, { method: 'POST', headers: { 'idempotency-key': key }, body });

describe('recording provider', () => {
  it('records calls and answers as scripted', async () => {
    provider.answer((received) => ({ status: 201, body: { attempt: received.attempt } }));
    const response = await call('k1', '{"a":1}');
    expect([response.status, await response.json()]).toEqual([201, { attempt: 1 }]);
    expect(provider.callsOf('k1')).toMatchObject([{ method: 'POST', path: '/sms', body: '{"a":1}', idempotencyKey: 'k1' }]);
    expect(provider.calls[0]?.bodyHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('answers a repeated key again without a second effect, and refuses it with another body', async () => {
    let counter = 0;
    provider.answer(() => ({ body: { n: (counter += 1) } }));
    await call('k1');
    await expect((await call('k1')).json()).resolves.toEqual({ n: 1 });
    expect((await call('k1', '{"other":true}')).status).toBe(422);
    expect(provider.calls).toHaveLength(3);
    expect(provider.effects).toHaveLength(1);
  });

  it('lets a call fail before it succeeds; a failure has no effect', async () => {
    provider.answerNext({ status: 503 }, { status: 429, headers: { 'retry-after': '1' } });
    expect((await call('k1')).status).toBe(503);
    expect((await call('k1')).headers.get('retry-after')).toBe('1');
    expect(provider.effects).toHaveLength(0);
    expect((await call('k1')).status).toBe(200);
    expect(provider.callsOf('k1').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('can break the connection after the effect, as real providers do', async () => {
    provider.answerNext({ breakAfterEffect: true, body: { id: 'm1' } });
    await expect(call('k1')).rejects.toThrow();
    expect(provider.effects).toHaveLength(1);
    await expect((await call('k1')).json()).resolves.toEqual({ id: 'm1' });
    expect(provider.effects).toHaveLength(1);
  });

  it('can break the connection before anything happened', async () => {
    provider.answerNext({ breakBeforeEffect: true });
    await expect(call('k1')).rejects.toThrow();
    expect(provider.effects).toHaveLength(0);
  });
});
