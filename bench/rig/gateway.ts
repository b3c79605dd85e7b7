import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { migrate } from "#db/migrate.ts";
import type { Publishing } from "../messages.ts";
import { eventType } from "../payload.ts";
import { query, withDatabase } from "./database.ts";
import { addEndpoint, type Call, type Endpoint, operatorOf } from "./operator.ts";
import { type Service, startService } from "./service.ts";

/** One figure's gateway: a database of its own, an API, tenants with an endpoint each or more, and deliverers when asked. */
export interface Gateway {
  /** Where to publish, and for whom; the number of connections is the figure's choice. */
  readonly target: Omit<Publishing, "connections">;
  readonly api: Service;
  readonly databaseUrl: string;
  readonly call: Call;
  /** Of the tenants to publish for, in their order. */
  readonly endpoints: readonly Endpoint[];
  /** How many each of the tenants has: so many deliveries an event has. */
  readonly endpointsEach: number;
  /** Several may run at once. `env`: what is not as by default. */
  startDeliverer(env?: Readonly<Record<string, string>>): Service;
  /** Their profiles, and PostgreSQL's counts of their sessions, are complete after this. */
  stopProcesses(): Promise<void>;
  /** Stops the processes and drops the database. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly name: string;
  /** Of the server; databases are made next to the one it names. */
  readonly serverUrl: string;
  readonly receiverOrigin: string;
  readonly logDirectory: string;
  readonly profileDirectory: string | undefined;
  readonly tenants: number;
  /** All at the one receiver, at paths of their own. */
  readonly endpointsEach: number;
}

const readyWithinMs = 30_000;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { name, logDirectory, profileDirectory } = options;
  const database = `bench_${name.toLowerCase()}_${randomBytes(3).toString("hex")}`;
  const databaseUrl = withDatabase(options.serverUrl, database);
  const port = await freePort();
  const env = environment(databaseUrl, port);
  const services: Service[] = [];
  const start = (service: "api" | "deliverer", more: Readonly<Record<string, string>> = {}): Service => {
    const logPath = join(logDirectory, `${name}-${service}-${services.length}.log`);
    const started = startService({ name: service, env: { ...env, ...more }, logPath, profileDirectory });
    services.push(started);
    return started;
  };
  const stopProcesses = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
  };
  const stop = async (): Promise<void> => {
    await stopProcesses();
    await query(options.serverUrl, `drop database if exists ${database} with (force)`);
  };
  try {
    await query(options.serverUrl, `create database ${database}`);
    await migrate(databaseUrl);
    if (profileDirectory !== undefined) await query(databaseUrl, "create extension pg_stat_statements");
    const api = start("api");
    const origin = `http://127.0.0.1:${port}`;
    await untilReady(origin, api);
    const call = operatorOf(origin, env.POSTHORN_OPERATOR_KEY);
    const { key, endpoints } = await setUp(call, options);
    return {
      target: { origin, key, tenants: [...new Set(endpoints.map(({ tenant }) => tenant))] },
      call,
      endpoints,
      endpointsEach: options.endpointsEach,
      api,
      databaseUrl,
      startDeliverer: (more) => start("deliverer", more),
      stopProcesses,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function environment(databaseUrl: string, port: number) {
  return {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    // The address guard judges each connection all the same.
    POSTHORN_ALLOW_TARGETS: "127.0.0.0/8",
    POSTHORN_OPERATOR_KEY: randomBytes(32).toString("base64url"),
    // Several deliverers run at once.
    POSTHORN_METRICS_PORT: "0",
    POSTHORN_SECRET_KEYS: `bench:${randomBytes(32).toString("base64")}`,
  };
}

// The publisher has a key of the role that is meant for it, as a service would.
async function setUp(
  call: Call,
  { receiverOrigin, tenants, endpointsEach }: GatewayOptions,
): Promise<{ key: string; endpoints: Endpoint[] }> {
  await call("POST", "/v1/event-types", { name: eventType });
  const endpoints: Endpoint[] = [];
  for (let n = 1; n <= tenants; n++) {
    for (let nth = 1; nth <= endpointsEach; nth++) {
      const path = nth === 1 ? `tenant_${n}` : `tenant_${n}/${nth}`;
      endpoints.push(await addEndpoint(call, `tenant_${n}`, { url: `${receiverOrigin}/${path}` }));
    }
  }
  const answer = await call("POST", "/v1/api-keys", { name: "bench", role: "publisher" });
  return { key: z.object({ token: z.string() }).parse(answer).token, endpoints };
}

async function untilReady(origin: string, api: Service): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (performance.now() < deadline) {
    api.assertAlive();
    const response = await fetch(`${origin}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await delay(50);
  }
  throw new Error(`The API was not ready within ${readyWithinMs / 1000} s.`);
}

/** A port that nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
