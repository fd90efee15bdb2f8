import { describe, expect, it } from '@jest/globals';
import { runChecks } from './health-checks.js';

describe('runChecks', () => {
  it('passes when every check does', async () => {
    await expect(runChecks({ a: () => true, b: async () => undefined })).resolves.toEqual({
      ok: true,
      checks: { a: 'ok', b: 'ok' },
    });
  });

  it('reports the reason of each that fails', async () => {
    const report = await runChecks({
      thrown: () => {
        throw new Error('at once');
      },
      rejected: () => Promise.reject(new Error('later')),
      refused: () => false,
      several: () => Promise.reject(new AggregateError([new Error('v6'), new Error('v4')])),
      fine: () => true,
    });
    expect(report).toEqual({
      ok: false,
      checks: { thrown: 'at once', rejected: 'later', refused: 'failed', several: 'v6; v4', fine: 'ok' },
    });
  });

  it('does not wait for ever for a check that hangs', async () => {
    const report = await runChecks({ hung: () => new Promise(() => undefined) });
    expect(report.checks['hung']).toBe('no answer within 2000 ms');
  });
});
