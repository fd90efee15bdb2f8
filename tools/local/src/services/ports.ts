/** Ports that stay the same over starts where they can. */
import { createServer } from 'node:net';
import { findFreePort } from '@flows/infrastructure';
import type { Say } from '../console/say.js';

/** The gateway listens on every address, so the port has to be free on every address. The one of the last start comes second. */
export async function chooseGatewayPort(wanted: number, previous: number | null, say: Say): Promise<number> {
  if (await isFreeEverywhere(wanted)) return wanted;
  const second = previous !== null && (await isFreeEverywhere(previous)) ? previous : await findFreePort();
  say(`Port ${wanted} is taken; the gateway takes ${second}. (Set PORT for another one.)`);
  return second;
}

/** The connection of the demo workspace points at the port of the last start, so that one is kept while it is free. */
export async function chooseCrmPort(previous: number | null): Promise<number> {
  return findFreePort(previous ?? undefined);
}

/** Null for no URL and for one without a port. */
export function portOf(url: string | undefined): number | null {
  const port = Number((url === undefined ? null : URL.parse(url))?.port);
  return Number.isInteger(port) && port > 0 ? port : null;
}

/** False also for a port that this user may not take. */
function isFreeEverywhere(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
