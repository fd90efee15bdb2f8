/**
 * Loaded into a service before its own code (`--import`): names below `rebind.test` resolve to the address that stands in their first
 * label for the first look-up, and to the one in the second label from then on, as a DNS server of an attacker answers. `127-0-0-2` is
 * 127.0.0.2. All other names resolve as ever.
 */
import { promises as dns } from 'node:dns';

const lookUp = dns.lookup;
const asked = new Set<string>();

dns.lookup = ((hostname: string, options: object) => {
  const labels = /^([\d-]+)\.([\d-]+)\.\w+\.rebind\.test$/.exec(hostname);
  if (labels === null) return lookUp(hostname, options);
  const label = asked.has(hostname) ? labels[2] : labels[1];
  asked.add(hostname);
  return Promise.resolve([{ address: (label ?? '').replaceAll('-', '.'), family: 4 }]);
}) as typeof dns.lookup;
