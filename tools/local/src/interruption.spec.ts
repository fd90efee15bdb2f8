import { describe, expect, it } from '@jest/globals';
import { Interrupted, orInterrupted } from './interruption.js';

describe('orInterrupted', () => {
  it('settles as the work does', async () => {
    const { signal } = new AbortController();
    await expect(orInterrupted(signal, Promise.resolve(7))).resolves.toBe(7);
    await expect(orInterrupted(signal, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('rejects once the end is asked for, before and during the work', async () => {
    const controller = new AbortController();
    const during = orInterrupted(controller.signal, new Promise(() => undefined));
    controller.abort(new Interrupted());
    await expect(during).rejects.toBeInstanceOf(Interrupted);
    await expect(orInterrupted(controller.signal, Promise.reject(new Error('late')))).rejects.toBeInstanceOf(Interrupted);
  });
});
