/** An IP address as a number: IPv4 of 32 bits, IPv6 of 128. */
export interface Address {
  family: 4 | 6;
  value: bigint;
}

/** All addresses of one family that share their first `bits` bits. */
export interface AddressRange {
  family: 4 | 6;
  first: bigint;
  last: bigint;
}

/** IANA's special-purpose registry, and the addresses that cloud hosts answer on. */
const FORBIDDEN_V4: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "this network"],
  ["10.0.0.0/8", "a private network"],
  ["100.64.0.0/10", "carrier-grade NAT"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "a private network"],
  ["192.0.0.0/24", "IETF protocol assignments"],
  ["192.0.2.0/24", "documentation"],
  ["192.31.196.0/24", "AS112"],
  ["192.52.193.0/24", "AMT"],
  ["192.88.99.0/24", "6to4 relays"],
  ["192.168.0.0/16", "a private network"],
  ["192.175.48.0/24", "AS112"],
  ["198.18.0.0/15", "benchmarking"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["168.63.129.16/32", "a cloud platform's own service"],
];

/** Carved out of 2000::/3, the only IPv6 block that is routed. */
const FORBIDDEN_V6: readonly (readonly [string, string])[] = [
  ["2001::/23", "IETF protocol assignments"],
  ["2001:db8::/32", "documentation"],
  ["2002::/16", "6to4"],
  ["2620:4f:8000::/48", "AS112"],
  ["3fff::/20", "documentation"],
];

/**
 * Why a delivery must not go to this address, or null when it may.
 * @param address IPv4 or IPv6 text, without brackets; anything that is not one is refused.
 * @param ownAddresses this host's own addresses, as text.
 */
export function isForbiddenAddress(address: string, ownAddresses: readonly string[] = []): string | null {
  const parsed = parseAddress(address);
  if (parsed === null) return "is not an IP address";
  if (ownAddresses.some((own) => isSame(parseAddress(own), parsed))) return "is this host itself";
  if (parsed.family === 6 && !isInRange(PUBLIC_V6, parsed)) return "is not in the public IPv6 range 2000::/3";
  const hit = FORBIDDEN.find(({ range }) => isInRange(range, parsed));
  return hit === undefined ? null : `is reserved: ${hit.meaning}`;
}

export function isInRange(range: AddressRange, address: Address): boolean {
  return range.family === address.family && range.first <= address.value && address.value <= range.last;
}

/** Reads `10.0.0.0/8` or `fd00::/8`; an address alone is a range of one. Null when it is neither, or has host bits. */
export function parseRange(text: string): AddressRange | null {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const width = address.family === 4 ? 32 : 128;
  const bitsText = slash < 0 ? String(width) : text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bitsText) || Number(bitsText) > width) return null;
  const size = 1n << BigInt(width - Number(bitsText));
  if (address.value % size !== 0n) return null;
  return { family: address.family, first: address.value, last: address.value + size - 1n };
}

/** Reads dotted decimal IPv4, or IPv6 in any RFC 4291 notation. Strict: no leading zeros, no zone, no brackets. */
export function parseAddress(text: string): Address | null {
  if (!text.includes(":")) {
    const value = parseV4(text);
    return value === null ? null : { family: 4, value };
  }
  const value = parseV6(text);
  return value === null ? null : { family: 6, value };
}

/** Whether both texts name the same address. IPv4 and IPv4-mapped IPv6 count as the same: sockets report either. */
export function isSameAddress(a: string, b: string): boolean {
  return isSame(unmapped(parseAddress(a)), unmapped(parseAddress(b)));
}

function isSame(a: Address | null, b: Address | null): boolean {
  return a !== null && b !== null && a.family === b.family && a.value === b.value;
}

function unmapped(address: Address | null): Address | null {
  if (address?.family !== 6 || address.value >> 32n !== 0xffffn) return address;
  return { family: 4, value: address.value & 0xffff_ffffn };
}

function parseV4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head = "", tail] = halves;
  const first = groupsOf(head, tail === undefined);
  const second = tail === undefined ? [] : groupsOf(tail, true);
  if (first === null || second === null) return null;
  const missing = 8 - first.length - second.length;
  // `::` stands for at least one group of zeros.
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...first, ...Array.from({ length: missing }, () => 0n), ...second];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups on one side of `::`; dotted IPv4 may stand at the very end. */
function groupsOf(text: string, mayEndInV4: boolean): bigint[] | null {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(BigInt(`0x${part}`));
      continue;
    }
    const v4 = mayEndInV4 && i === parts.length - 1 ? parseV4(part) : null;
    if (v4 === null) return null;
    groups.push(v4 >> 16n, v4 & 0xffffn);
  }
  return groups;
}

const FORBIDDEN = [...FORBIDDEN_V4, ...FORBIDDEN_V6].map(([text, meaning]) => ({ range: rangeOf(text), meaning }));
const PUBLIC_V6 = rangeOf("2000::/3");

function rangeOf(text: string): AddressRange {
  const range = parseRange(text);
  if (range === null) throw new RangeError(`not a CIDR range: ${text}`);
  return range;
}
