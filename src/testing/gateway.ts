import { randomBytes } from "node:crypto";
import { loadConfig, type Config } from "#config";
import { createPgStore } from "#db/pg.ts";
import type { EngineLog } from "#delivery/engine.ts";
import { installClock } from "./clock.ts";
import { createDatabase } from "./database.ts";
import { installLookAtDue } from "./due.ts";
import type { Duration } from "./duration.ts";
import { freePort, openPool, startApi, startOneDeliverer, type Running } from "./processes.ts";
import { startReceiver, type ReceiverHandler, type TestReceiver } from "./receiver.ts";
import { createTime } from "./time.ts";

export interface TestGatewayOptions {
  /**
   * A superuser's or database creator's URL of a server, PostgreSQL 15 to 18. The gateway gets a new database of its own there, and drops it
   * when it stops; the database that the URL names is only connected to. Absent: an embedded PostgreSQL 18 in a temporary folder.
   */
  readonly databaseUrl?: string | undefined;
}

export interface TestResponse<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there was none. */
  readonly body: Body;
}

/** A whole gateway: a database, the API, and a deliverer that reaches loopback receivers. */
export interface TestGateway {
  /** The API's, without a slash at its end. */
  readonly url: string;
  readonly operatorKey: string;
  /** The gateway's database, for questions that the API does not answer. */
  readonly databaseUrl: string;
  /** What the deliverer and the API had to say at level warn and above. */
  readonly warnings: readonly string[];
  /**
   * Asks the API with the operator's key; `body` is sent as JSON. What comes back is believed to be a `Body`: nothing is checked.
   * @param path from `/v1` on
   */
  request<Body = ReturnType<typeof JSON.parse>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<TestResponse<Body>>;
  /** A server on loopback that records what it gets, until the gateway stops. */
  receiver(handler?: ReceiverHandler): Promise<TestReceiver>;
  /** What time the gateway has, its database included. */
  now(): Date;
  /**
   * Moves the clock, and lets everything that becomes due on the way happen at its time: retries, probes, new days and the end of old ones.
   * Resolves when the moment is reached and nothing due is left.
   */
  advance(duration: Duration): Promise<void>;
  /** Waits until nothing that is due is queued, in flight or to be fanned out. @throws after 30 s, saying what is left */
  settled(): Promise<void>;
  /** Ends everything and drops the database. */
  stop(): Promise<void>;
}

/** Starts a gateway for tests: a second or two, most of it for a new database. Every gateway has a clock of its own. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    return await start(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: TestGatewayOptions,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<TestGateway> {
  const keep = (running: Running): void => void stops.push(() => running.stop());
  const database = await createDatabase(options.databaseUrl);
  stops.push(() => database.drop());
  const operatorKey = `phk_${randomBytes(24).toString("hex")}`;
  const config = configure(database.url, operatorKey, await freePort());
  const pool = openPool(config, "posthorn-test-clock", config.statementTimeoutMs);
  stops.push(() => pool.end());
  const clock = await installClock(pool);
  await pool.query(installLookAtDue);
  const warnings: string[] = [];
  const parts = { config, clock: clock.now, log: logTo(warnings) };
  keep(await startApi(parts));
  keep(await startOneDeliverer(parts));
  const url = `http://${config.host}:${config.port}`;
  const time = createTime({ store: createPgStore(pool), pool, clock, retentionDays: config.retentionDays, warnings });
  return {
    url,
    operatorKey,
    databaseUrl: database.url,
    warnings,
    request: (method, path, body) => ask(url, operatorKey, method, path, body),
    async receiver(handler = () => {}) {
      const receiver = await startReceiver(clock.now, handler);
      stops.push(() => receiver.close());
      return receiver;
    },
    now: () => new Date(clock.now()),
    ...time,
    stop,
  };
}

/** As for development, with time enough for a machine that does much else. */
function configure(databaseUrl: string, operatorKey: string, port: number): Config {
  const patienceMs = "10000";
  return loadConfig(
    {
      POSTHORN_MODE: "development",
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      POSTHORN_OPERATOR_KEY: operatorKey,
      POSTHORN_SECRET_KEYS: `test:${randomBytes(32).toString("base64")}`,
      POSTHORN_DATABASE_CONNECT_TIMEOUT_MS: patienceMs,
      POSTHORN_API_STATEMENT_TIMEOUT_MS: patienceMs,
      POSTHORN_DRAIN_MS: "1000",
    },
    "api",
  );
}

function logTo(warnings: string[]): EngineLog {
  const note = (fields: object, message: string): void => void warnings.push(`${message} ${describe(fields)}`);
  return { info: () => {}, warn: note, error: note };
}

/** An Error's own members are not in its JSON. */
function describe(fields: object): string {
  return JSON.stringify(fields, (_name, value: unknown) => (value instanceof Error ? String(value) : value));
}

async function ask<Body>(
  url: string,
  key: string,
  method: string,
  path: string,
  body: unknown,
): Promise<TestResponse<Body>> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url + path, { method, headers, ...sent });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : undefined };
}
