import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HangingProvider {
  readonly url: string;
  /** Paths of the requests that came, and of those whose caller went away. */
  readonly arrived: string[];
  readonly closed: string[];
  close(): Promise<void>;
}

/** A provider that takes every request and answers none, and notices when its caller gives up. */
export async function startHangingProvider(): Promise<HangingProvider> {
  const arrived: string[] = [];
  const closed: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    arrived.push(request.url!);
    response.on('close', () => closed.push(request.url!));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    closed,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
