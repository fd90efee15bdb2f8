import { afterEach, describe, expect, it } from '@jest/globals';
import { armFailpoints, failpoint } from './failpoint.js';
import { parseFailpoints } from './failpoint-spec.js';

afterEach(() => armFailpoints([]));

describe('failpoint', () => {
  it('does nothing, and makes no promise, while nothing is armed', () => {
    expect(failpoint('executor.after_claim')).toBeUndefined();
  });

  it('acts at the given passage only', async () => {
    armFailpoints(parseFailpoints('executor.after_claim=throw@2') ?? []);
    expect(failpoint('executor.after_claim')).toBeUndefined();
    expect(failpoint('orchestrator.before_fold')).toBeUndefined();
    await expect(failpoint('executor.after_claim')).rejects.toThrow('failpoint executor.after_claim');
    expect(failpoint('executor.after_claim')).toBeUndefined();
  });

  it('acts at every passage where none is given', async () => {
    armFailpoints(parseFailpoints('executor.after_claim=throw') ?? []);
    await expect(failpoint('executor.after_claim')).rejects.toThrow();
    await expect(failpoint('executor.after_claim')).rejects.toThrow();
  });

  it('lets one name act differently at different passages', async () => {
    armFailpoints(parseFailpoints('executor.after_claim=sleep:1@1, executor.after_claim=throw@2') ?? []);
    await expect(failpoint('executor.after_claim')).resolves.toBeUndefined();
    await expect(failpoint('executor.after_claim')).rejects.toThrow();
  });

  it.each([
    '',
    'x',
    'nobody.knows=kill',
    'executor.after_claim=die',
    'executor.after_claim=kill@0',
    'executor.after_claim=sleep',
  ])('refuses %j', (raw) => {
    expect(parseFailpoints(raw)).toBeUndefined();
  });
});
