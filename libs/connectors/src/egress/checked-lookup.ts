import { promises as dns } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { EgressDenied } from './egress-errors.js';

/** A name to all of its addresses. Tests hand in their own. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

export const systemResolver: Resolver = async (hostname) => {
  const answers = await dns.lookup(hostname, { all: true });
  return answers.map(({ address }) => address);
};

/**
 * The lookup of a socket: resolves once, refuses when any address is refused, and hands exactly these addresses to the socket.
 * INVARIANT: there is no second resolution between the check and the connection, so a name that changes its answer gains nothing.
 * @param reasonAgainst why an address may not be connected to, or null.
 */
export function checkedLookup(resolver: Resolver, reasonAgainst: (address: string) => string | null): LookupFunction {
  return (hostname, options, callback) => {
    resolver(hostname).then(
      (addresses) => {
        const reason = addresses.map(reasonAgainst).find((found) => found !== null);
        if (reason !== undefined && reason !== null) return callback(new EgressDenied(`${hostname}: ${reason}`), '', 0);
        const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const usable =
          options.family === 4 || options.family === 6 ? answers.filter(({ family }) => family === options.family) : answers;
        const first = usable[0];
        if (first === undefined) return callback(noAddress(hostname), '', 0);
        return options.all === true ? callback(null, usable) : callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
}
