import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Ranges that an operator opens on purpose: there neither the address rule nor the port rule holds. */
export type AllowedRanges = readonly [Address, number][];

const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** @throws Error naming the range that is no CIDR. */
export function parseAllowedRanges(cidrs: readonly string[]): AllowedRanges {
  return cidrs.map((cidr) => {
    try {
      return ipaddr.parseCIDR(cidr);
    } catch {
      throw new Error(`"${cidr}" is no address range in CIDR notation, such as 10.1.0.0/16`);
    }
  });
}

/** The address inside brackets or bare, or null when the host is a name. */
export function parseLiteral(host: string): string | null {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return ipaddr.isValid(bare) ? bare : null;
}

export function isAllowed(address: string, allowed: AllowedRanges): boolean {
  const parsed = unwrap(ipaddr.parse(address));
  return allowed.some(([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits));
}

/** True for an address of the public internet. An IPv4 address in IPv6 clothes (mapped, 6to4, NAT64) is judged by what it leads to. */
export function isPublicUnicast(address: string): boolean {
  const parsed = unwrap(ipaddr.parse(address));
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST_V6);
}

/** What an address leads to. Teredo and the other transition forms stay as they are: their range is not unicast. */
function unwrap(address: Address): Address {
  if (address.kind() === 'ipv4') return address;
  const v6 = address as ipaddr.IPv6;
  const bytes = v6.toByteArray();
  switch (v6.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return ipaddr.fromByteArray(bytes.slice(12));
    case 'rfc6052':
      // 64:ff9b::/96 ends in the IPv4 address; a local-use prefix (RFC 8215) may hide it anywhere and is never public.
      return bytes.slice(4, 12).every((byte) => byte === 0) ? ipaddr.fromByteArray(bytes.slice(12)) : v6;
    case '6to4':
      return ipaddr.fromByteArray(bytes.slice(2, 6));
    default:
      return v6;
  }
}
