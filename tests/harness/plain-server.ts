import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PlainServer {
  port: number;
  /** Connections so far, whatever became of them. */
  connections: number;
  close(): Promise<void>;
}

/** A server on an address of its own, for what a recording provider on 127.0.0.1 cannot show. */
export async function startPlainServer(host: string, answer: RequestListener, port = 0): Promise<PlainServer> {
  const server = createServer(answer);
  const plain: PlainServer = {
    port: 0,
    connections: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', () => (plain.connections += 1));
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  plain.port = (server.address() as AddressInfo).port;
  return plain;
}
