/**
 * Finds loopback ports for servers. Refuses to reserve them: the caller binds at once and reports a lost race as its own start failure.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * INVARIANT: below the ranges that Linux (32768) and macOS (49152) hand to outgoing connections. A port inside could be taken by any client between
 * our check and the bind; worse, clients that reconnect to a killed server would sooner or later be connected to themselves and keep it from coming back.
 */
const RANGE = { from: 20_000, to: 32_000 };
const TRIES = 100;

/** A port nobody listens on: `preferred` when it is free, else a random one, so that parallel starts rarely meet. */
export async function findFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port found on ${LOOPBACK} between ${RANGE.from} and ${RANGE.to} in ${TRIES} tries.`);
}

/** False when the port is taken or not allowed to this user; any other failure is thrown. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
