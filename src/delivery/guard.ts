import type { Socket } from "node:net";
import { buildConnector } from "undici";
import { isForbiddenAddress, isSameAddress, parseAddress } from "#domain/address.ts";
import { allowsAddress, allowsHost, type AllowTargets } from "#domain/url.ts";
import { ConnectFailure, dialFailure, isUnreachable } from "./failures.ts";
import type { Resolver } from "./resolver.ts";

export interface GuardOptions {
  resolver: Resolver;
  allow: AllowTargets;
  /** This host's own addresses, which are refused like private ones. */
  ownAddresses: readonly string[];
  /** For each address dialled, TLS handshake included. */
  connectTimeoutMs: number;
  /** PEM certificates to trust instead of the built-in ones. */
  ca?: string;
}

/** Names with more addresses than this are dialled at the first ones only. */
const MAX_DIALS = 4;

/**
 * undici's `connect` function with the address rules inside. It resolves the name itself and dials an address it has
 * checked, so that no second look-up can come to another answer; it is called for IP literals too, which a guarded
 * `lookup` is not. Fails with a ConnectFailure only.
 */
export function createGuard(options: GuardOptions): buildConnector.connector {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    allowH2: false,
    autoSelectFamily: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return ({ hostname, protocol, port }, answer) => {
    const secure = protocol === "https:";
    const target: Target = { hostname, secure, port: Number(port) || (secure ? 443 : 80) };
    open(target, options, connect).then(
      (socket) => answer(null, socket),
      (error: unknown) => answer(asFailure(error), null),
    );
  };
}

interface Target {
  /** A name, or an IP address without brackets. */
  hostname: string;
  port: number;
  secure: boolean;
}

async function open(target: Target, options: GuardOptions, connect: buildConnector.connector): Promise<Socket> {
  const addresses = await addressesOf(target, options);
  let last: ConnectFailure | undefined;
  for (const address of addresses.slice(0, MAX_DIALS)) {
    try {
      return await dial(target, address, connect);
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      last = error;
      if (!(error.cause instanceof Error && isUnreachable(error.cause))) break;
    }
  }
  throw last ?? new ConnectFailure("dns", `${target.hostname} has no address`);
}

/** The addresses to dial, all of them checked: one that is forbidden condemns the name. */
async function addressesOf(
  { hostname, port }: Target,
  { resolver, allow, ownAddresses }: GuardOptions,
): Promise<string[]> {
  const listed = allowsHost(allow, hostname, port);
  const isLiteral = parseAddress(hostname) !== null;
  const addresses = isLiteral ? [hostname] : await resolve(resolver, hostname, listed || hostname === "localhost");
  if (listed) return addresses;
  for (const address of addresses) {
    const reason = isForbiddenAddress(address, ownAddresses);
    if (reason === null || allowsAddress(allow, address)) continue;
    // The address behind a name stays out of the message: a tenant could map the private DNS with it.
    const message = isLiteral
      ? `${address} ${reason}`
      : `${hostname} leads to an address that deliveries may not go to`;
    throw new ConnectFailure("blockedAddress", message);
  }
  return addresses;
}

async function resolve(resolver: Resolver, hostname: string, local: boolean): Promise<string[]> {
  try {
    return await resolver(hostname, { local });
  } catch (error) {
    throw new ConnectFailure("dns", error instanceof Error ? error.message : `${hostname} could not be resolved`, {
      cause: error,
    });
  }
}

function dial({ hostname, port, secure }: Target, address: string, connect: buildConnector.connector): Promise<Socket> {
  // The certificate is checked against the name, not against the address dialled. A literal has no server name (RFC 6066).
  const named = secure && hostname !== address;
  const to = {
    hostname: address,
    protocol: secure ? "https:" : "http:",
    port: String(port),
    ...(named ? { servername: hostname } : {}),
  };
  return new Promise((succeed, fail) => {
    connect(to, (error, socket) => {
      if (error !== null) {
        fail(dialFailure(error, address, secure));
      } else if (isSameAddress(socket.remoteAddress ?? "", address)) {
        succeed(socket);
      } else {
        const gone = socket.remoteAddress === undefined;
        socket.destroy();
        fail(
          new ConnectFailure(gone ? "connection" : "blockedAddress", "the connection is not to the address dialled", {
            address,
          }),
        );
      }
    });
  });
}

function asFailure(error: unknown): ConnectFailure {
  return error instanceof ConnectFailure
    ? error
    : new ConnectFailure("connection", "could not connect", { cause: error });
}
