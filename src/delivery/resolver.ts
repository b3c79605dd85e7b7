import { lookup, Resolver as DnsResolver } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { codeOf } from "./failures.ts";

/**
 * All addresses of a name, in the order to dial them. Rejects with an Error whose message is a sentence.
 * With `local` the operator has listed this name, so that the hosts file and the machine's own resolver may answer.
 */
export type Resolver = (hostname: string, options: { local: boolean }) => Promise<string[]>;

export interface ResolverOptions {
  /** Cap on the whole look-up. */
  timeoutMs?: number;
  /** `address:port` of the DNS servers to ask; the machine's own by default. */
  servers?: readonly string[];
}

/**
 * Asks DNS for A and AAAA directly: `dns.lookup` would block one of libuv's four threads for as long as a server is silent,
 * and follow the search domains of the machine, which turn a public-looking name into a private one.
 */
export function createResolver({ timeoutMs = 3000, servers }: ResolverOptions = {}): Resolver {
  const dns = new DnsResolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 });
  if (servers !== undefined) dns.setServers(servers);
  return (hostname, { local }) => {
    const answer = local ? lookUpLocally(hostname) : resolveBoth(dns, hostname);
    return withCap(answer, timeoutMs, `resolving ${hostname} took longer than ${timeoutMs} ms`);
  };
}

/** The addresses of this machine's network interfaces: no delivery may come back to them. */
export function hostAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

async function resolveBoth(dns: DnsResolver, hostname: string): Promise<string[]> {
  const [v4, v6] = await Promise.allSettled([dns.resolve4(hostname), dns.resolve6(hostname)]);
  // IPv4 first: many machines have no IPv6 route, and the guard goes on to the next address only when one is unreachable.
  const addresses = [v4, v6].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (addresses.length > 0) return addresses;
  throw noAddress(hostname, v4.status === "rejected" ? v4.reason : null);
}

async function lookUpLocally(hostname: string): Promise<string[]> {
  try {
    const found = await lookup(hostname, { all: true, order: "ipv4first" });
    return found.map(({ address }) => address);
  } catch (error) {
    throw noAddress(hostname, error);
  }
}

function noAddress(hostname: string, cause: unknown): Error {
  const code = codeOf(cause);
  const meaning = code === "ENOTFOUND" || code === "ENODATA" ? "has no address" : "could not be resolved";
  return new Error(`${hostname} ${meaning} (${code})`, { cause });
}

async function withCap<T>(answer: Promise<T>, capMs: number, message: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(message));
  }, capMs);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
