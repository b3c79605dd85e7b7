import { z } from "zod";
import { parseAllowTargets, type AllowTargets } from "#domain/url.ts";

/**
 * The configuration: every variable and every bound, in one table, with its documentation. Entries read the environment through
 * `loadConfig` and nowhere else; an unknown POSTHORN_* name, a malformed value or a missing key ends the process with one message and
 * exit code 78 (EX_CONFIG of sysexits.h). docs/operating.md shows this table.
 */
interface Row<T> {
  readonly env: string;
  readonly doc: string;
  readonly schema: z.ZodType<T, string | undefined>;
}

const row = <T>(env: string, doc: string, schema: z.ZodType<T, string | undefined>): Row<T> => ({ env, doc, schema });

const whole = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, "must be a whole number")
    .default(String(fallback))
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be between ${min} and ${max}`);

const optionalText = z.string().min(1, "must not be empty").optional();

/** `kid:base64,…`: 32-byte AES keys; the first encrypts, all decrypt. */
const secretKeys = z
  .string()
  .optional()
  .transform((text, ctx) => {
    const keys: { kid: string; key: Uint8Array<ArrayBuffer> }[] = [];
    for (const part of text?.split(",") ?? []) {
      const match = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(part.trim());
      if (!match?.[1] || !match[2]) {
        ctx.addIssue("must be kid:base64 pairs with commas between them, each key 32 bytes (openssl rand -base64 32)");
        return z.NEVER;
      }
      if (keys.some((k) => k.kid === match[1])) {
        ctx.addIssue(`names the key id ${match[1]} twice`);
        return z.NEVER;
      }
      keys.push({ kid: match[1], key: Uint8Array.from(atob(match[2]), (c) => c.charCodeAt(0)) });
    }
    return keys;
  });

const allowTargets = z
  .string()
  .default("")
  .transform((text, ctx): AllowTargets => {
    const parsed = parseAllowTargets(text);
    if (typeof parsed !== "string") return parsed;
    ctx.addIssue(parsed);
    return z.NEVER;
  });

const algorithms = z
  .string()
  .default("RS256,ES256,EdDSA")
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine(
    (list) => list.every((a) => /^(RS|PS|ES)(256|384|512)$|^(EdDSA|Ed25519)$/.test(a)),
    "must name asymmetric JWS algorithms, such as RS256",
  );

export const table = {
  mode: row(
    "POSTHORN_MODE",
    "`production`, or `development`: loopback receivers allowed. Set by `npm start` when it brings its own PostgreSQL.",
    z.enum(["production", "development"]).default("production"),
  ),
  databaseUrl: row(
    "DATABASE_URL",
    "PostgreSQL 15 to 18. Absent: `npm start` runs an embedded one under `.posthorn/`.",
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
      .optional(),
  ),
  port: row("PORT", "Where the API listens.", whole(8080, 1, 65_535)),
  publicUrl: row(
    "POSTHORN_PUBLIC_URL",
    "Where others reach the API: the schemas of catalogs have their URLs below it. Absent: `http://localhost:` and the port.",
    z
      .url({ protocol: /^https?$/, error: "must be an http or https URL" })
      .transform((url) => url.replace(/\/+$/, ""))
      .optional(),
  ),
  host: row("POSTHORN_HOST", "The address that the API listens on.", z.string().min(1).default("127.0.0.1")),
  secretKeys: row(
    "POSTHORN_SECRET_KEYS",
    "`kid:base64,…`: the key ring for endpoint secrets; the first encrypts.",
    secretKeys,
  ),
  operatorKey: row(
    "POSTHORN_OPERATOR_KEY",
    "The bootstrap operator key: 32 to 256 printable characters.",
    z
      .string()
      .regex(/^[\x21-\x7e]{32,256}$/, "must be 32 to 256 printable characters without spaces")
      .optional(),
  ),
  metricsPort: row(
    "POSTHORN_METRICS_PORT",
    "Where a deliverer shows its metrics; 0: nowhere. Several deliverers on one host need one port each.",
    whole(9464, 0, 65_535),
  ),
  metricsHost: row(
    "POSTHORN_METRICS_HOST",
    "The address that a deliverer's metrics are served on.",
    z.string().min(1).default("127.0.0.1"),
  ),
  allowTargets: row(
    "POSTHORN_ALLOW_TARGETS",
    "CIDRs or host:port that the address guard lets through, over plain http too; commas between them.",
    allowTargets,
  ),
  jwtIssuer: row(
    "POSTHORN_JWT_ISSUER",
    "JWT bearer tokens: the `iss` to require. Set it to accept JWTs.",
    optionalText,
  ),
  jwtAudience: row("POSTHORN_JWT_AUDIENCE", "JWT: the `aud` to require.", optionalText),
  jwtJwksUrl: row(
    "POSTHORN_JWT_JWKS_URL",
    "JWT: where the public keys are.",
    z.url({ protocol: /^https?$/ }).optional(),
  ),
  jwtAlgorithms: row("POSTHORN_JWT_ALGORITHMS", "JWT: the signature algorithms to accept.", algorithms),
  jwtCacheSeconds: row("POSTHORN_JWT_CACHE_SECONDS", "JWT: how long public keys are kept.", whole(600, 30, 86_400)),
  concurrency: row("POSTHORN_CONCURRENCY", "Requests that one deliverer has in flight at most.", whole(300, 1, 5_000)),
  localQueueSize: row("POSTHORN_LOCAL_QUEUE", "Jobs that one deliverer fetches ahead.", whole(500, 1, 5_000)),
  socketsPerOrigin: row(
    "POSTHORN_SOCKETS_PER_ORIGIN",
    "Connections that one deliverer opens to one origin at most.",
    whole(300, 1, 5_000),
  ),
  keptConnections: row(
    "POSTHORN_KEPT_CONNECTIONS",
    "Connections that one deliverer keeps open for next requests; beside so many, the first to another origin ends with its request.",
    whole(250, 0, 100_000),
  ),
  endpointCacheSize: row(
    "POSTHORN_ENDPOINT_CACHE",
    "Endpoints that one deliverer keeps in memory, ready to sign.",
    whole(10_000, 10, 1_000_000),
  ),
  maxResponseBytes: row(
    "POSTHORN_MAX_RESPONSE_BYTES",
    "How much of a response's body an attempt keeps.",
    whole(4_096, 0, 65_536),
  ),
  retentionDays: row(
    "POSTHORN_RETENTION_DAYS",
    "Days that events, deliveries and attempts are kept; a day that still has something to send is kept longer.",
    whole(30, 1, 3_650),
  ),
  logLevel: row(
    "POSTHORN_LOG_LEVEL",
    "`fatal`, `error`, `warn`, `info`, `debug` or `silent`; logs are JSON lines on standard error.",
    z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
  ),
  databaseConnections: row(
    "POSTHORN_DATABASE_CONNECTIONS",
    "Connections that one process opens to PostgreSQL at most.",
    whole(10, 3, 100),
  ),
  connectTimeoutMs: row(
    "POSTHORN_DATABASE_CONNECT_TIMEOUT_MS",
    "How long a request waits for a database connection.",
    whole(700, 100, 60_000),
  ),
  delivererConnectTimeoutMs: row(
    "POSTHORN_DELIVERER_CONNECT_TIMEOUT_MS",
    "How long a deliverer waits for a database connection before it tries again.",
    whole(3_000, 100, 60_000),
  ),
  statementTimeoutMs: row(
    "POSTHORN_DATABASE_STATEMENT_TIMEOUT_MS",
    "How long a deliverer's statement may take.",
    whole(5_000, 100, 600_000),
  ),
  apiStatementTimeoutMs: row(
    "POSTHORN_API_STATEMENT_TIMEOUT_MS",
    "How long an API statement may take before the caller gets 503.",
    whole(1_200, 100, 600_000),
  ),
  drainMs: row("POSTHORN_DRAIN_MS", "SIGTERM: how long requests in flight may go on.", whole(20_000, 0, 25_000)),
  maxEventBytes: row("POSTHORN_MAX_EVENT_BYTES", "An event's size at most.", whole(262_144, 1_024, 1_048_576)),
  maxBatchBytes: row("POSTHORN_MAX_BATCH_BYTES", "A batch's size at most.", whole(16_777_216, 262_144, 134_217_728)),
  maxBatchEvents: row("POSTHORN_MAX_BATCH_EVENTS", "Events in a batch at most.", whole(1_000, 1, 1_000)),
  maxCatalogBytes: row("POSTHORN_MAX_CATALOG_BYTES", "A catalog's size at most.", whole(8_388_608, 65_536, 67_108_864)),
  maxJsonDepth: row("POSTHORN_MAX_JSON_DEPTH", "Levels of nesting in a body at most.", whole(64, 4, 1_000)),
  maxWaitingEvents: row(
    "POSTHORN_MAX_WAITING_EVENTS",
    "Publishes that wait for the database in one process; more get 503 `overloaded`.",
    whole(20_000, 100, 1_000_000),
  ),
  maxWaitMs: row(
    "POSTHORN_MAX_WAIT_MS",
    "How long a request may expect to wait for its turn in the process, and an event for its turn in the database; more get 503 `overloaded` at once.",
    whole(1_000, 50, 60_000),
  ),
  maxReadingBytes: row(
    "POSTHORN_MAX_READING_BYTES",
    "Bytes that bodies in the middle of being read have in one process; more get 503 `overloaded`.",
    whole(268_435_456, 1_048_576, 4_294_967_296),
  ),
  maxFeedWaiters: row(
    "POSTHORN_MAX_FEED_WAITERS",
    "Calls that wait for something in a feed, in one process; more are answered at once, empty. 0: none waits.",
    whole(1_000, 0, 100_000),
  ),
  expressionTimeoutMs: row(
    "POSTHORN_EXPRESSION_TIMEOUT_MS",
    "How long a filter or a transform may take on one event; all those of one event together ten times as long.",
    whole(30, 5, 1_000),
  ),
  maxEndpoints: row("POSTHORN_MAX_ENDPOINTS", "Endpoints of a tenant at most.", whole(10_000, 1, 1_000_000)),
  maxReplay: row(
    "POSTHORN_MAX_REPLAY",
    "Deliveries that one replay may choose at most.",
    whole(10_000_000, 1, 1_000_000_000),
  ),
  maxSubscriptions: row("POSTHORN_MAX_SUBSCRIPTIONS", "Subscriptions of an endpoint at most.", whole(100, 1, 10_000)),
} as const;

type Value<R> = R extends Row<infer T> ? T : never;
export type Config = { readonly [K in keyof typeof table]: Value<(typeof table)[K]> };
export type KeyRing = Config["secretKeys"];

/** A wrong configuration, as the lines to print. */
export class ConfigError extends Error {
  constructor(lines: readonly string[]) {
    super(`The configuration cannot be used:\n${lines.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "ConfigError";
  }
}

/** What a process does decides what it must be given. */
export type ProcessRole = "start" | "api" | "deliverer" | "migrate";

const needs: Record<ProcessRole, readonly (keyof Config)[]> = {
  start: [],
  api: ["databaseUrl", "secretKeys", "operatorKey"],
  deliverer: ["databaseUrl", "secretKeys"],
  migrate: ["databaseUrl"],
};

/** Reads and checks the environment. @throws {ConfigError} naming every fault, not only the first */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, role: ProcessRole): Config {
  const faults: string[] = [];
  const known = new Set<string>(Object.values(table).map((r) => r.env));
  for (const name of Object.keys(env)) {
    if (name.startsWith("POSTHORN_") && !known.has(name)) faults.push(`${name} is not a variable of Posthorn`);
  }
  const values: Record<string, unknown> = {};
  const given: Readonly<Record<string, string | undefined>> =
    env[table.mode.env] === "development"
      ? { ...env, [table.allowTargets.env]: withLoopback(env[table.allowTargets.env]) }
      : env;
  for (const [key, r] of Object.entries(table)) {
    const text = given[r.env];
    const parsed = r.schema.safeParse(text === "" ? undefined : text);
    if (parsed.success) values[key] = parsed.data;
    else faults.push(`${r.env} ${parsed.error.issues[0]?.message ?? "is malformed"}`);
  }
  for (const key of needs[role]) {
    const value = values[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) {
      if (!faults.some((f) => f.startsWith(`${table[key].env} `)))
        faults.push(`${table[key].env} must be set: ${table[key].doc}`);
    }
  }
  faults.push(...jwtFaults(env));
  if (faults.length > 0 || !isConfig(values)) throw new ConfigError(faults);
  return values;
}

/** In development mode receivers run on the developer's own machine. */
function withLoopback(targets: string | undefined): string {
  return [...(targets ? [targets] : []), "127.0.0.0/8", "::1/128"].join(",");
}

/** Each row's schema made its value: what can be missing is a row that failed, and that has been said. */
function isConfig(values: Record<string, unknown>): values is Config {
  return Object.keys(table).every((key) => key in values);
}

/** JWTs are accepted when issuer, audience and key URL are all known: one without the others would accept too much. */
function jwtFaults(env: Readonly<Record<string, string | undefined>>): string[] {
  const names = [table.jwtIssuer.env, table.jwtAudience.env, table.jwtJwksUrl.env];
  const missing = names.filter((name) => !env[name]);
  return missing.length === 0 || missing.length === names.length
    ? []
    : missing.map((name) => `${name} must be set too, as JWTs are to be accepted`);
}
