import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { findFreePort } from './free-port.js';

describe('findFreePort', () => {
  it('takes the preferred port when it is free, and another one when it is not', async () => {
    const preferred = await findFreePort();
    expect(await findFreePort(preferred)).toBe(preferred);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(preferred, '127.0.0.1', resolve));
    try {
      expect((server.address() as AddressInfo).port).toBe(preferred);
      expect(await findFreePort(preferred)).not.toBe(preferred);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('stays out of the range that outgoing connections use', async () => {
    expect(await findFreePort()).toBeLessThan(32_768);
  });
});
