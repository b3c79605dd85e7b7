import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { z } from "zod";
import { migrate } from "#db/migrate.ts";
import type { Publishing } from "../messages.ts";
import { eventType } from "../payload.ts";
import { type Service, startService } from "./service.ts";

/** One figure's gateway: a database of its own, an API, tenants with an endpoint each, and a deliverer when asked. */
export interface Gateway {
  /** Where to publish, and for whom; the number of connections is the figure's choice. */
  readonly target: Omit<Publishing, "connections">;
  readonly api: Service;
  readonly databaseUrl: string;
  readonly call: Call;
  startDeliverer(): Service;
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
}

/** An endpoint each, all at the one receiver. */
const tenantCount = 50;
const readyWithinMs = 30_000;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { name, logDirectory, profileDirectory } = options;
  const database = `bench_${name}_${randomBytes(3).toString("hex")}`;
  const databaseUrl = withDatabase(options.serverUrl, database);
  const port = await freePort();
  const env = environment(databaseUrl, port);
  const services: Service[] = [];
  const start = (service: "api" | "deliverer"): Service => {
    const logPath = join(logDirectory, `${name}-${service}.log`);
    const started = startService({ name: service, env, logPath, profileDirectory });
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
    const { key, tenants } = await setUp(call, options.receiverOrigin);
    return {
      target: { origin, key, tenants },
      call,
      api,
      databaseUrl,
      startDeliverer: () => start("deliverer"),
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
    POSTHORN_SECRET_KEYS: `bench:${randomBytes(32).toString("base64")}`,
  };
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

// The publisher has a key of the role that is meant for it, as a service would.
async function setUp(call: Call, receiverOrigin: string): Promise<{ key: string; tenants: string[] }> {
  await call("POST", "/v1/event-types", { name: eventType });
  const tenants = Array.from({ length: tenantCount }, (_, n) => `tenant_${n + 1}`);
  for (const tenant of tenants) {
    const endpoint = { url: `${receiverOrigin}/${tenant}`, eventTypes: [eventType] };
    await call("PUT", `/v1/tenants/${tenant}`, {});
    await call("POST", `/v1/tenants/${tenant}/endpoints`, endpoint);
  }
  const answer = await call("POST", "/v1/api-keys", { name: "bench", role: "publisher" });
  return { key: z.object({ token: z.string() }).parse(answer).token, tenants };
}

/** Calls the API as the operator; throws for every answer that is not a success. */
export type Call = (method: "POST" | "PUT", path: string, body: object) => Promise<unknown>;

function operatorOf(origin: string, key: string): Call {
  return async (method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const response = await fetch(`${origin}${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
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

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
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
