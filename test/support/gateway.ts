import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { Pool, type QueryResultRow } from "pg";
import { loadConfig } from "#config";
import { createPool } from "#db/pg.ts";
import { startDeliverer, type Deliverer, type DelivererOptions } from "#delivery/deliverer.ts";
import { createResolver } from "#delivery/resolver.ts";
import { systemChance, systemClock } from "#domain/clock.ts";
import { decodeId, encodeId, newUuid } from "#domain/ids.ts";
import { parsePattern } from "#domain/patterns.ts";
import { createSecretBox, type SecretBox } from "#services/secretBox.ts";
import { generateSecret } from "#verify/index.ts";
import type { EndpointChoices, PublishChoices, TestEndpoint } from "./choices.ts";
import { createTestDatabase } from "./database.ts";
import type { AttemptRow, DeliveryRow } from "./rows.ts";

export type { EndpointChoices, PublishChoices, TestEndpoint } from "./choices.ts";
export type { AttemptRow, DeliveryRow } from "./rows.ts";

/** A database with tenants and endpoints in it, and the deliverers a test starts on it, in this process. */
export interface Gateway {
  /** The database's URL. */
  readonly url: string;
  /** Lines at level warn and above of every deliverer started here. */
  readonly warnings: string[];
  /** Runs one statement on a connection of the test's own. */
  rows<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  startDeliverer(options?: DelivererChoices): Promise<RunningDeliverer>;
  /** A new tenant's id. */
  tenant(): Promise<string>;
  /** Registers the event type (in the catalog `default`) unless it is there. `schema`: JSON Schema of its only version. */
  eventType(name: string, schema?: object): Promise<void>;
  endpoint(choices: EndpointChoices): Promise<TestEndpoint>;
  /** Another subscription of the endpoint. */
  subscribe(endpoint: TestEndpoint, eventTypes: readonly string[]): Promise<void>;
  /** `select posthorn.publish(...)`; `data` is the JSON text. Returns the event's id. */
  publish(tenantId: string, type: string, data?: string, more?: PublishChoices): Promise<string>;
  /** The deliveries of one event, oldest first. */
  deliveries(eventId: string): Promise<DeliveryRow[]>;
  attempts(deliveryId: string): Promise<AttemptRow[]>;
  setLane(endpoint: TestEndpoint, action: "enable" | "disable" | "pause" | "resume"): Promise<string>;
  redeliver(delivery: DeliveryRow): Promise<string>;
  cancel(delivery: DeliveryRow): Promise<string>;
  /** Makes a new current secret; the old ones go on signing for the overlap. */
  rotate(endpoint: TestEndpoint, overlapSeconds: number): Promise<string>;
  /** Jobs in graphile-worker's table, whatever their state, of one delivery or of all. */
  jobs(deliveryId?: string): Promise<number>;
  /** Stops every deliverer and removes the database. */
  close(): Promise<void>;
}

export interface DelivererChoices {
  readonly env?: Readonly<Record<string, string>>;
  readonly chance?: DelivererOptions["chance"];
  readonly clock?: DelivererOptions["clock"];
  /** Another way to the same database, such as a proxy that drops connections. */
  readonly url?: string;
}

export interface RunningDeliverer extends Deliverer {
  /** Its connections. */
  readonly pool: Pool;
}

/** The key ring that everything made here is sealed with, as the environment variable has it. */
export const testSecretKeys = `test:${Buffer.alloc(32, 7).toString("base64")}`;

/** What a deliverer's entry must be given beside DATABASE_URL to reach loopback receivers. */
export const testEnvironment: Readonly<Record<string, string>> = {
  POSTHORN_SECRET_KEYS: testSecretKeys,
  POSTHORN_ALLOW_TARGETS: "127.0.0.0/8",
  POSTHORN_CONCURRENCY: "50",
  POSTHORN_LOCAL_QUEUE: "50",
  // Each on its own port, where a test reads them.
  POSTHORN_METRICS_PORT: "0",
};

/** A gateway on a database of its own (`url`: on that one, which `close` then leaves). */
export async function createGateway(url?: string): Promise<Gateway> {
  const database = url === undefined ? await createTestDatabase() : { url, drop: async () => {} };
  const pool = new Pool({ connectionString: database.url, max: 4 });
  pool.on("error", () => {});
  const secrets = await createSecretBox(loadConfig(testEnvironment, "start").secretKeys);
  const warnings: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  const rows = async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await pool.query<Row>(text, [...values])).rows;
  return {
    url: database.url,
    warnings,
    rows,
    ...configuring(rows, secrets),
    ...publishing(rows),
    async startDeliverer(choices = {}) {
      const running = await runDeliverer(choices.url ?? database.url, choices, warnings);
      stops.push(() => running.stop());
      return running;
    },
    async close() {
      await Promise.all(stops.map((stop) => stop()));
      await pool.end();
      await database.drop();
    },
  };
}

type Rows = Gateway["rows"];

async function runDeliverer(url: string, choices: DelivererChoices, warnings: string[]): Promise<RunningDeliverer> {
  const config = loadConfig({ ...testEnvironment, ...choices.env, DATABASE_URL: url }, "deliverer");
  const pool = createPool({
    url,
    connections: config.databaseConnections,
    name: "deliverer-under-test",
    connectTimeoutMs: 3000,
    statementTimeoutMs: config.statementTimeoutMs,
    onError: () => {},
  });
  const note = (fields: object, message: string): void => void warnings.push(`${message} ${JSON.stringify(fields)}`);
  const deliverer = startDeliverer({
    pool,
    config,
    secrets: await createSecretBox(config.secretKeys),
    resolver: createResolver(),
    ownAddresses: [],
    clock: choices.clock ?? systemClock,
    chance: choices.chance ?? systemChance,
    host: { name: hostname(), pid: process.pid, version: "test" },
    log: { info: () => {}, warn: note, error: note },
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= deliverer.stop().then(() => pool.end()));
  return { pool, inFlight: () => deliverer.inFlight(), stop };
}

function configuring(rows: Rows, secrets: SecretBox) {
  return {
    async tenant(): Promise<string> {
      const id = `t_${randomBytes(6).toString("hex")}`;
      await rows("insert into posthorn.tenants (id) values ($1)", [id]);
      return id;
    },
    async eventType(name: string, schema?: object): Promise<void> {
      await rows(
        `with made as (insert into posthorn.event_types (catalog, name, has_schema) values ('default', $1, $2) on conflict do nothing)
         select`,
        [name, schema !== undefined],
      );
      if (schema === undefined) return;
      await rows(
        "insert into posthorn.event_type_versions (catalog, name, version, schema) values ('default', $1, '1', $2)",
        [name, JSON.stringify(schema)],
      );
    },
    async endpoint(choices: EndpointChoices): Promise<TestEndpoint> {
      const { tenantId, url, timeoutMs = 5000, headers = {}, retrySchedule, payloadFormat = "standard" } = choices;
      const id = freshUuid();
      const endpoint = { id, publicId: encodeId("endpoint", id), tenantId, secret: choices.secret ?? generateSecret() };
      await rows(
        `insert into posthorn.endpoints (id, tenant_id, url, headers, retry_schedule, timeout_ms, payload_format, rate_limit)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          id,
          tenantId,
          url,
          JSON.stringify(headers),
          retrySchedule ?? null,
          timeoutMs,
          payloadFormat,
          choices.rateLimit ?? null,
        ],
      );
      const sealed = await seal(secrets, endpoint, endpoint.secret);
      await rows(
        "insert into posthorn.endpoint_secrets (id, tenant_id, endpoint_id, kid, nonce, ciphertext) values ($1, $2, $3, $4, $5, $6)",
        [sealed.id, tenantId, id, sealed.kid, sealed.nonce, sealed.ciphertext],
      );
      await insertSubscription(rows, endpoint, choices.eventTypes ?? ["*"], choices.ordering);
      return endpoint;
    },
    subscribe: (endpoint: TestEndpoint, eventTypes: readonly string[]) =>
      insertSubscription(rows, endpoint, eventTypes),
    async setLane(endpoint: TestEndpoint, action: string): Promise<string> {
      const [row] = await rows<{ done: string }>("select posthorn.set_lane($1, $2, $3, 'test') as done", [
        endpoint.tenantId,
        endpoint.id,
        action,
      ]);
      return row?.done ?? "";
    },
    async rotate(endpoint: TestEndpoint, overlapSeconds: number): Promise<string> {
      const secret = generateSecret();
      const sealed = await seal(secrets, endpoint, secret);
      await rows(
        `select posthorn.rotate_secret($1, $2, row($3, $1, $2, $4, $5, $6, now(), null)::posthorn.endpoint_secrets, $7, 'test')`,
        [endpoint.tenantId, endpoint.id, sealed.id, sealed.kid, sealed.nonce, sealed.ciphertext, overlapSeconds],
      );
      return secret;
    },
  };
}

function publishing(rows: Rows) {
  return {
    async publish(tenantId: string, type: string, data = "{}", more: PublishChoices = {}): Promise<string> {
      const [row] = await rows<{ id: string }>(
        `select posthorn.publish(tenant_id => $1, type => $2, data => $3::json, id => $4, version => $5, source => $6,
           trace_id => $7, metadata => $8::json, ordering_key => $9) as id`,
        [tenantId, type, data, more.id, more.version, more.source, more.traceId, more.metadata, more.orderingKey],
      );
      return row?.id ?? "";
    },
    deliveries: (eventId: string) =>
      rows<DeliveryRow>(
        `select d.* from posthorn.deliveries d join posthorn.events e on e.id = d.event_id
         where e.id = $1 or e.external_id = $2 order by d.id`,
        [decodeId("event", eventId), eventId],
      ),
    attempts: (deliveryId: string) =>
      rows<AttemptRow>("select * from posthorn.attempts where delivery_id = $1 order by number", [deliveryId]),
    redeliver: (delivery: DeliveryRow) => onDelivery(rows, "redeliver", delivery),
    cancel: (delivery: DeliveryRow) => onDelivery(rows, "cancel", delivery),
    async jobs(deliveryId?: string): Promise<number> {
      const [row] = await rows<{ count: number }>(
        "select count(*)::int as count from graphile_worker._private_jobs where $1::text is null or payload ->> 'id' = $1",
        [deliveryId],
      );
      return row?.count ?? 0;
    },
  };
}

async function insertSubscription(
  rows: Rows,
  endpoint: TestEndpoint,
  eventTypes: readonly string[],
  ordering: "block" | "skip" | null = null,
): Promise<void> {
  const patterns = eventTypes.map((text) => {
    const parsed = parsePattern(text);
    if (!parsed.ok) throw new Error(`${text} ${parsed.reason}`);
    return parsed.pattern;
  });
  await rows(
    "insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes, ordering) values ($1, $2, $3, $4, $5, $6, $7)",
    [
      freshUuid(),
      endpoint.tenantId,
      endpoint.id,
      eventTypes,
      patterns.flatMap((p) => ("exact" in p ? [p.exact] : [])),
      patterns.flatMap((p) => ("prefix" in p ? [p.prefix] : [])),
      ordering,
    ],
  );
}

async function seal(secrets: SecretBox, { id: endpointId, tenantId }: TestEndpoint, secret: string) {
  const id = freshUuid();
  const { kid, nonce, ciphertext } = await secrets.seal(secret, { tenantId, endpointId, id });
  return { id, kid, nonce: Buffer.from(nonce), ciphertext: Buffer.from(ciphertext) };
}

async function onDelivery(rows: Rows, verb: "redeliver" | "cancel", delivery: DeliveryRow): Promise<string> {
  const [row] = await rows<{ done: string }>(`select posthorn.${verb}($1, $2) as done`, [
    delivery.tenant_id,
    delivery.id,
  ]);
  return row?.done ?? "";
}

function freshUuid(): string {
  return newUuid(Date.now(), randomBytes(10));
}
