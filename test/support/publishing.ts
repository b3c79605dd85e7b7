import { randomBytes } from "node:crypto";
import { Pool, type QueryResultRow } from "pg";
import { createApi } from "#api/app.ts";
import { createApiDeps } from "#api/deps.ts";
import { loadConfig } from "#config";
import { createPool } from "#db/pg.ts";
import { createDrizzleStore } from "#db/pgDrizzle.ts";
import { systemClock } from "#domain/clock.ts";
import { requireConformance } from "../api/conformance.ts";
import { createTestDatabase } from "./database.ts";

/** The API on a database of its own, and what tests of publishing put into it. */
export interface PublishingApi {
  readonly url: string;
  /** What the API logged as errors. */
  readonly errors: unknown[];
  /** One request with the operator's key, its answer held against openapi.yaml; a body that is neither text nor bytes is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The same database through another process's worth of state: its own publisher, caches and connections. */
  another(): Promise<PublishingApi>;
  rows<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A tenant with an endpoint that subscribes to `test.*`; nothing listens at its URL. */
  tenant(): Promise<string>;
  /** Registers a type in the catalog `default`, with its versions and their schemas. Returns its name. */
  eventType(versions?: Readonly<Record<string, object | null>>): Promise<string>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text parsed, or null when it is empty. */
  readonly json: unknown;
}

const operatorKey = "operator-key-of-the-tests-0123456789";

/** @param env more configuration; @param url of a database that outlives it */
export async function createPublishingApi(
  env: Readonly<Record<string, string>> = {},
  url?: string,
): Promise<PublishingApi> {
  const database = url === undefined ? await createTestDatabase() : { url, drop: async () => {} };
  const errors: unknown[] = [];
  const own = new Pool({ connectionString: database.url, max: 3 });
  own.on("error", () => {});
  const { pool, api } = await startApi(database.url, env, errors);
  const others: PublishingApi[] = [];
  const rows = async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await own.query<Row>(text, [...values])).rows;
  return {
    url: database.url,
    errors,
    rows,
    tenant: () => makeTenant(rows),
    eventType: (versions = {}) => makeEventType(rows, versions),
    async call(method, path, body, headers = {}) {
      const raw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
      const text = raw ? body : JSON.stringify(body);
      const json = text === undefined ? {} : { "content-type": "application/json" };
      const all = { authorization: `Bearer ${operatorKey}`, ...json, ...headers };
      const answer = await read(
        await api.request(path, { method, headers: all, ...(text === undefined ? {} : { body: text }) }),
      );
      const contentType = answer.headers.get("content-type");
      requireConformance({ method, path, status: answer.status, contentType, body: answer.json });
      return answer;
    },
    async another() {
      const other = await createPublishingApi(env, database.url);
      others.push(other);
      return other;
    },
    async close() {
      await Promise.all(others.map((other) => other.close()));
      await pool.end();
      await own.end();
      await database.drop();
    },
  };
}

/** A member of an answer that must be a text. */
export function textOf(answer: Answer, name: string): string {
  const { json } = answer;
  if (typeof json === "object" && json !== null) {
    const value: unknown = Reflect.get(json, name);
    if (typeof value === "string") return value;
  }
  throw new Error(`no ${name} in ${answer.text}`);
}

/** The events in the list of an answer. */
export function dataOf(answer: Answer): unknown[] {
  const { json } = answer;
  const data: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "data") : undefined;
  if (!Array.isArray(data)) throw new Error(`no data in ${answer.text}`);
  return data;
}

type Rows = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

async function startApi(url: string, env: Readonly<Record<string, string>>, errors: unknown[]) {
  const config = loadConfig(
    {
      DATABASE_URL: url,
      POSTHORN_SECRET_KEYS: `test:${Buffer.alloc(32, 7).toString("base64")}`,
      POSTHORN_OPERATOR_KEY: operatorKey,
      // The machine may be busy with other test files.
      POSTHORN_API_STATEMENT_TIMEOUT_MS: "10000",
      POSTHORN_DATABASE_CONNECT_TIMEOUT_MS: "10000",
      ...env,
    },
    "api",
  );
  const pool = createPool({
    url,
    connections: config.databaseConnections,
    name: "posthorn-api-test",
    connectTimeoutMs: config.connectTimeoutMs,
    statementTimeoutMs: config.apiStatementTimeoutMs,
    onError: () => {},
  });
  const deps = await createApiDeps({
    config,
    store: createDrizzleStore(pool),
    clock: systemClock,
    log: { error: (fields) => errors.push(fields), warn: () => {}, info: () => {} },
    assets: { openapiYaml: "", errorsMarkdown: "", docs: new Map() },
    ready: async () => ({ ready: true }),
    clientAddress: () => "127.0.0.1",
  });
  return { pool, api: createApi(deps) };
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function makeTenant(rows: Rows): Promise<string> {
  const tenant = unique("tenant");
  await rows("insert into posthorn.tenants (id) values ($1)", [tenant]);
  await rows(
    `with made as (
       insert into posthorn.endpoints (id, tenant_id, url, timeout_ms) values (posthorn.new_id(), $1, 'https://hooks.example.com/', 5000) returning id
     )
     insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes)
       select posthorn.new_id(), $1, id, '{test.*}', '{}', '{test.}' from made`,
    [tenant],
  );
  return tenant;
}

async function makeEventType(rows: Rows, versions: Readonly<Record<string, object | null>>): Promise<string> {
  const name = `test.${unique("type")}`;
  await rows("insert into posthorn.event_types (catalog, name, has_schema) values ('default', $1, $2)", [
    name,
    Object.values(versions).some((schema) => schema !== null),
  ]);
  for (const [version, schema] of Object.entries(versions)) {
    const text = schema === null ? null : JSON.stringify(schema);
    await rows(
      "insert into posthorn.event_type_versions (catalog, name, version, schema, created_at) values ('default', $1, $2, $3, clock_timestamp())",
      [name, version, text],
    );
  }
  return name;
}

function unique(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}
