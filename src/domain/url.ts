import { isForbiddenAddress, isInRange, parseAddress, parseRange, type AddressRange } from "./address.ts";

export const URL_MAX_LENGTH = 2048;

/** What the operator lets through the address guard, and over plain http. */
export interface AllowTargets {
  ranges: readonly AddressRange[];
  /** `host:port`, as a URL parser writes the host. */
  hosts: ReadonlySet<string>;
}

export const ALLOW_NOTHING: AllowTargets = { ranges: [], hosts: new Set() };

/** Names that never lead to the public internet (RFC 6761, RFC 6762, RFC 8375, RFC 7686, and common private ones). */
const PRIVATE_SUFFIXES = [
  "localhost",
  "local",
  "internal",
  "lan",
  "corp",
  "home",
  "home.arpa",
  "test",
  "invalid",
  "onion",
] as const;

export type UrlCheck = { ok: true; url: URL } | { ok: false; reason: string };

/**
 * Judges an endpoint's URL without resolving its name. A refusal is a sentence without a subject ("must use https").
 * @param ownAddresses this host's own addresses, as text.
 */
export function checkUrl(text: string, allow: AllowTargets, ownAddresses: readonly string[] = []): UrlCheck {
  const rawReason = checkRawText(text);
  if (rawReason !== null) return { ok: false, reason: rawReason };
  if (!URL.canParse(text)) return { ok: false, reason: "is not a URL" };
  const url = new URL(text);
  if (isAllowedUrl(url, allow)) return { ok: true, url };
  const reason = checkParsed(url, ownAddresses);
  return reason === null ? { ok: true, url } : { ok: false, reason };
}

/**
 * Reads POSTHORN_ALLOW_TARGETS: comma-separated CIDR ranges and host:port pairs.
 * @returns the targets, or the reason why the text is refused.
 */
export function parseAllowTargets(text: string): AllowTargets | string {
  const ranges: AddressRange[] = [];
  const hosts = new Set<string>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const range = entry.includes("/") ? parseRange(entry) : null;
    const host = range === null ? parseHostPort(entry) : null;
    if (range !== null) ranges.push(range);
    else if (host !== null) hosts.add(host);
    else return `"${entry}" is neither a CIDR range (10.0.0.0/8, fd00::/8) nor host:port`;
  }
  return { ranges, hosts };
}

/** Whether the operator listed this very host and port. `hostname` as in `URL#hostname`, or an IPv6 address without brackets. */
export function allowsHost(allow: AllowTargets, hostname: string, port: number): boolean {
  if (allow.hosts.size === 0) return false;
  const host = hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
  return allow.hosts.has(`${host}:${port}`);
}

/** Whether the operator listed a range that holds this address. */
export function allowsAddress(allow: AllowTargets, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && allow.ranges.some((range) => isInRange(range, parsed));
}

/** The port a URL leads to, its scheme's own included. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "http:" ? 80 : 443;
}

/** `URL#hostname` without the brackets of an IPv6 literal. */
export function bareHostname(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/**
 * WHATWG parsing drops tabs and newlines, turns `\` into `/`, and reads `https:host` and `https:///host` as `https://host`:
 * what it would repair is refused here, before it does.
 */
function checkRawText(text: string): string | null {
  if (text.length > URL_MAX_LENGTH) return `is longer than ${URL_MAX_LENGTH} characters`;
  if (/[\p{Cc}\s\\]/u.test(text)) return "may not hold control characters, spaces or backslashes";
  if (!text.isWellFormed()) return "is not well-formed Unicode";
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1];
  if (authority === undefined) return "must begin with https://";
  if (authority.includes("@")) return "may not hold a user name or password";
  if (text.includes("#")) return "may not hold a fragment";
  return null;
}

function isAllowedUrl(url: URL, allow: AllowTargets): boolean {
  if (allowsHost(allow, url.hostname, portOf(url))) return true;
  const host = bareHostname(url);
  // RFC 6761 section 6.3: localhost is loopback, so a listed loopback range names it as well.
  if (host === "localhost") return allowsAddress(allow, "127.0.0.1") || allowsAddress(allow, "::1");
  return allowsAddress(allow, host);
}

function checkParsed(url: URL, ownAddresses: readonly string[]): string | null {
  if (url.protocol !== "https:") return "must use https";
  const host = bareHostname(url);
  if (parseAddress(host) !== null) {
    const reason = isForbiddenAddress(host, ownAddresses);
    return reason === null ? null : `leads to ${host}, which ${reason}`;
  }
  if (host.endsWith(".")) return "may not end its host name in a dot";
  if (PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) {
    return `has a host name that is never public: ${host}`;
  }
  return host.includes(".") ? null : "needs a full host name, such as hooks.example.com";
}

function parseHostPort(entry: string): string | null {
  const parts = /^(\[[^\]]+\]|[^/?#@:\s\\]+):(\d{1,5})$/.exec(entry);
  const [, host = "", port = ""] = parts ?? [];
  if (parts === null || Number(port) < 1 || Number(port) > 65_535 || !URL.canParse(`http://${host}`)) return null;
  const url = new URL(`http://${host}`);
  return url.port === "" && url.pathname === "/" ? `${url.hostname}:${Number(port)}` : null;
}
