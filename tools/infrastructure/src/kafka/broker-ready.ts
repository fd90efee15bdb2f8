/** Asks a broker whether it takes requests, in its own protocol: no log line to guess from, no client to retry and warn. */
import { connect } from 'node:net';

const API_VERSIONS_KEY = 18;
const CORRELATION_ID = 1;
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Sends one ApiVersions request (version 0: header v1 with a null client id, no body). True when the broker answers it without error.
 * A broker that is still starting refuses the connection, or accepts it and does not answer.
 */
export function brokerAnswers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => settle(false));
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
    socket.on('connect', () => socket.write(encodeApiVersionsRequest()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      // length, correlation id, error code
      if (received.length >= 10) settle(received.readInt32BE(4) === CORRELATION_ID && received.readInt16BE(8) === 0);
    });
  });
}

function encodeApiVersionsRequest(): Buffer {
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(API_VERSIONS_KEY, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(CORRELATION_ID, 8);
  request.writeInt16BE(-1, 12);
  return request;
}
