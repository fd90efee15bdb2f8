import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('returns the first value that is there', async () => {
    const answers = [undefined, null, false, new Error('not yet'), 0];
    const check = () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    await expect(eventually(check, { pollMs: 1 })).resolves.toBe(0);
  });

  it('says what it waited for, how long, and what the check said last', async () => {
    const check = () => {
      throw new Error('run is still queued');
    };
    await expect(eventually(check, { timeoutMs: 20, pollMs: 1, what: 'completion' })).rejects.toThrow(
      /^completion was not met within 20 ms \(\d+ looks\)\. The last: run is still queued$/,
    );
  });
});
