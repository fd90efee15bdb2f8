import { createServer, type Server, type Socket } from 'node:net';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@flows/testkit';
import { patchConnection } from './connection.patch.js';
import { patchRequestQueue } from './request-queue.patch.js';

interface RawConnection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  send(exchange: object): Promise<Buffer>;
}

const require = createRequire(import.meta.url);
const Connection = require('kafkajs/src/network/connection.js') as new (options: object) => RawConnection;
const Encoder = require('kafkajs/src/protocol/encoder.js') as new () => object;
const socketFactory = (require('kafkajs/src/network/socketFactory.js') as () => unknown)();
const logger = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => logger };

/** Any request; its answer is passed on undecoded. */
const exchange = {
  request: {
    apiKey: 18,
    apiVersion: 0,
    apiName: 'ApiVersions',
    encode: async () => new Encoder(),
  },
  response: { decode: async (payload: Buffer) => payload, parse: async (payload: Buffer) => payload },
};

const answer = (correlationId: number): Buffer => {
  const frame = Buffer.alloc(12, 'a');
  frame.writeInt32BE(8, 0);
  frame.writeInt32BE(correlationId, 4);
  return frame;
};

describe('patchConnection', () => {
  let server: Server;
  let connection: RawConnection;
  let onRequest: (socket: Socket, correlationId: number) => void;

  beforeEach(async () => {
    patchConnection();
    patchRequestQueue();
    server = createServer((socket) => socket.on('error', () => {}).on('data', (data) => onRequest(socket, data.readInt32BE(8))));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    connection = new Connection({
      host: '127.0.0.1',
      port,
      logger,
      socketFactory,
      requestTimeout: 2_000,
      connectionTimeout: 1_000,
    });
  });
  afterEach(async () => {
    await connection.disconnect();
    server.close();
  });

  it('forgets half an answer when the connection breaks, so that the next connection is understood', async () => {
    onRequest = (socket, correlationId) => socket.end(answer(correlationId).subarray(0, 7));
    await connection.connect();
    await expect(connection.send(exchange)).rejects.toThrow('Closed connection');
    await eventually(() => !connection.isConnected());

    onRequest = (socket, correlationId) => socket.write(answer(correlationId));
    await connection.connect();
    expect((await connection.send(exchange)).toString()).toBe('aaaa');
  });
});
