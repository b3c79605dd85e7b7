import { randomBytes } from "node:crypto";
import { loadConfig } from "#config";
import { createPool } from "#db/pg.ts";
import { createDrizzleStore } from "#db/pgDrizzle.ts";
import { systemClock } from "#domain/clock.ts";
import { createApi } from "#api/app.ts";
import { createApiDeps, type Api, type ApiDeps, type ApiParts } from "#api/deps.ts";
import { createTestDatabase } from "#test/database.ts";
import { z } from "zod";
import { requireConformance } from "./conformance.ts";

/** The API of one test file on a database of its own, called without sockets. */
export interface TestApi {
  readonly api: Api;
  readonly deps: ApiDeps;
  readonly databaseUrl: string;
  /** What was logged. */
  readonly logged: { level: string; fields: object; message: string }[];
  /** Asks, with the operator's key unless told, and holds the answer against openapi.yaml. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Makes a tenant with this id, or a random one; its id. */
  tenant(id?: string): Promise<string>;
  /** The token of a new API key. */
  key(role: "operator" | "publisher" | "support" | "tenant", tenantId?: string): Promise<string>;
  close(): Promise<void>;
}

export interface CallOptions {
  /** Bearer token; null: none. */
  readonly key?: string | null;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Record<string, string>;
}

/** JSON that tests walk into without asking: a missing member is undefined. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed, undefined where there is none. */
  readonly body: Json;
}

export const operatorKey = "operator-key-of-the-tests-0123456789";

export async function startApi(
  environment: Record<string, string> = {},
  parts: Partial<ApiParts> = {},
): Promise<TestApi> {
  const database = await createTestDatabase();
  const config = loadConfig(
    {
      DATABASE_URL: database.url,
      POSTHORN_SECRET_KEYS: `test:${randomBytes(32).toString("base64")}`,
      POSTHORN_OPERATOR_KEY: operatorKey,
      ...environment,
    },
    "api",
  );
  const pool = createPool({
    url: config.databaseUrl ?? "",
    connections: 4,
    name: "posthorn-test",
    connectTimeoutMs: 5000,
    statementTimeoutMs: 10_000,
    onError: () => {},
  });
  const logged: TestApi["logged"] = [];
  const note = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const deps = await createApiDeps({
    config,
    store: createDrizzleStore(pool),
    clock: systemClock,
    log: { error: note("error"), warn: note("warn"), info: note("info") },
    assets: { openapiYaml: "openapi: 3.1.0\n", errorsMarkdown: "# Errors\n", docs: new Map() },
    ready: async () => ({ ready: true }),
    clientAddress: () => null,
    ...parts,
  });
  const api = createApi(deps);
  const call = caller(api);
  return {
    api,
    deps,
    databaseUrl: database.url,
    logged,
    call,
    async tenant(id = `t${randomBytes(6).toString("hex")}`) {
      await call("PUT", `/v1/tenants/${id}`, { body: {} });
      return id;
    },
    async key(role, tenantId) {
      const { body } = await call("POST", "/v1/api-keys", { body: { name: role, role, tenantId } });
      return z.string().parse(body.token);
    },
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

function caller(api: Api): TestApi["call"] {
  return async (method, path, { key = operatorKey, body, raw, headers = {} } = {}) => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const init = {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(sent === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
    };
    const response = await api.request(path, sent === undefined ? init : { ...init, body: sent, duplex: "half" });
    const text = await response.text();
    const contentType = response.headers.get("content-type");
    const parsed = /json/.test(contentType ?? "") ? JSON.parse(text) : undefined;
    const { status } = response;
    requireConformance({ method, path, status, contentType, body: parsed ?? text });
    return { status, headers: response.headers, text, body: parsed };
  };
}
