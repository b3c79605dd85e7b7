import { createServer, type RequestListener, type Server } from "node:http";
import { readFileSync } from "node:fs";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { compileSchema } from "#services/schemas.ts";
import { signedHeaders } from "#test/delivering.ts";
import { createGateway, testEnvironment, type Gateway } from "#test/gateway.ts";
import { startReceiver, type Handler, type Received } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { verify } from "#verify/index.ts";
import { startApi, type Answer, type Json, type TestApi } from "../api/harness.ts";

/** API and deliverer on one database, the API at a port as well, and catalogs installed by its own route. */
export interface Running {
  readonly app: TestApi;
  readonly gateway: Gateway;
  /** Puts in what the file says. */
  install(catalog: string, file?: string): Promise<Answer>;
  /** Sends the text as it is to POST /v1/catalogs/{catalog}/events. */
  publish(catalog: string, text: string, query?: string): Promise<Answer>;
  listen(tenantId: string, wishes?: Wishes): Promise<Listener>;
  /** The event's deliveries once there are so many and none is under way. */
  settled(tenantId: string, eventId: string, count: number): Promise<Json[]>;
  /**
   * What the tenant's deliveries have come to, once there are `total` and none is under way: "invitation.created: 1 skipped throttled",
   * by type.
   */
  outcomes(tenantId: string, total: number): Promise<string[]>;
}

export type Form = "native" | "standard" | "cloudevents" | "thin";

/** What an endpoint and its only subscription ask for. */
export interface Wishes {
  /** `native` unless told. */
  readonly payloadFormat?: Form;
  readonly retrySchedule?: readonly number[];
  readonly handler?: Handler;
  /** Everything but API.* unless told, or a template is. */
  readonly eventTypes?: readonly string[];
  readonly catalog?: string;
  readonly version?: string;
  readonly template?: string;
}

/** A tenant's server, and its endpoint. */
export interface Listener {
  readonly endpointId: string;
  /** `ep_…`, of the tenant: for requests about it. */
  readonly path: string;
  readonly requests: readonly Received[];
  /** Waits for so many requests, and checks the signature of each that came. */
  heard(count: number): Promise<readonly Received[]>;
}

/** For all tests of the calling file: a gateway with these built-in catalogs. */
export function useRunningGateway(...catalogs: readonly string[]): () => Running {
  let started: Awaited<ReturnType<typeof startRunning>> | undefined;
  beforeAll(async () => {
    started = await startRunning();
    for (const catalog of catalogs) {
      await installed(started.running, catalog);
    }
  });
  afterAll(() => started?.stop());
  return () => {
    if (started === undefined) throw new Error("The gateway is there from beforeAll on.");
    return started.running;
  };
}

/** Asks again where the deliverer, which tries the expressions, is not up yet. */
async function installed(running: Running, catalog: string): Promise<void> {
  const answered = async (): Promise<Answer | false> => {
    const answer = await running.install(catalog);
    return answer.status !== 503 && answer;
  };
  const { status, text } = await until(answered, { what: `${catalog} was installed`, deadlineMs: 30_000 });
  if (status !== 201) throw new Error(`${catalog} was not installed: ${text}`);
}

async function startRunning(): Promise<{ running: Running; stop: () => Promise<void> }> {
  // The port is known before the API is there: the URLs of schemas have it.
  let answer: RequestListener | undefined;
  const server = createServer((request, response) => answer?.(request, response));
  const port = await listening(server);
  const app = await startApi({ ...testEnvironment, POSTHORN_PUBLIC_URL: `http://127.0.0.1:${port}` });
  answer = getRequestListener(app.api.fetch);
  const gateway = await createGateway(app.databaseUrl);
  await gateway.startDeliverer();
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await gateway.close();
    await app.close();
  };
  return { running: runningOf(app, gateway), stop };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("The API has no address."));
    });
  });
}

function runningOf(app: TestApi, gateway: Gateway): Running {
  return {
    app,
    gateway,
    install: (catalog, file = `src/catalogs/${catalog}.yaml`) =>
      app.call("PUT", `/v1/catalogs/${catalog}`, {
        raw: readFileSync(file, "utf8"),
        headers: { "content-type": "application/yaml" },
      }),
    publish: (catalog, text, query = "") => app.call("POST", `/v1/catalogs/${catalog}/events${query}`, { raw: text }),
    listen: (tenantId, wishes = {}) => listen(app, tenantId, wishes),
    settled: (tenantId, eventId, count) => settled(app, tenantId, eventId, count),
    outcomes: (tenantId, total) => outcomes(gateway, tenantId, total),
  };
}

async function listen(app: TestApi, tenantId: string, wishes: Wishes): Promise<Listener> {
  const { payloadFormat = "native", retrySchedule, handler, ...subscription } = wishes;
  const receiver = await startReceiver(handler);
  onTestFinished(() => receiver.close());
  await app.call("PUT", `/v1/tenants/${tenantId}`, { body: {} });
  const endpoints = `/v1/tenants/${tenantId}/endpoints`;
  const made = await app.call("POST", endpoints, { body: { url: receiver.url, payloadFormat, retrySchedule } });
  expect(made).toMatchObject({ status: 201 });
  const path = `${endpoints}/${made.body.id}`;
  const everything = subscription.template === undefined ? { eventTypes: ["*"] } : {};
  const subscribed = await app.call("POST", `${path}/subscriptions`, { body: { ...everything, ...subscription } });
  expect(subscribed).toMatchObject({ status: 201 });
  return {
    endpointId: made.body.id,
    path,
    requests: receiver.requests,
    async heard(count) {
      const { requests } = receiver;
      const what = () => `${count} requests arrived for ${JSON.stringify(subscription)}, not ${requests.length}`;
      await until(() => requests.length >= count, { what: what(), deadlineMs: 15_000 });
      for (const request of requests) await verify(request.body, signedHeaders(request), made.body.secret);
      return requests;
    },
  };
}

function settled(app: TestApi, tenantId: string, eventId: string, count: number): Promise<Json[]> {
  const path = `/v1/tenants/${tenantId}/deliveries?limit=100&eventId=${eventId}`;
  const done = async (): Promise<Json[] | false> => {
    const { body } = await app.call("GET", path);
    const final = body.data.filter(({ status }: Json) => ["delivered", "failed", "skipped"].includes(status));
    return final.length === count && body.data.length === count && body.data;
  };
  return until(done, { what: `${count} deliveries of ${eventId} are settled`, everyMs: 50, deadlineMs: 15_000 });
}

interface Outcome {
  readonly type: string;
  readonly outcome: string;
  readonly count: number;
}

async function outcomes(gateway: Gateway, tenantId: string, total: number): Promise<string[]> {
  const done = async (): Promise<Outcome[] | false> => {
    const found = await gateway.rows<Outcome>(
      `select event_type as type, concat_ws(' ', status, reason) as outcome, count(*)::int as count from posthorn.deliveries
       where tenant_id = $1 group by 1, 2 order by 1, 2`,
      [tenantId],
    );
    const final = found.every(({ outcome }) => /^(delivered|skipped|failed)/.test(outcome));
    return final && found.reduce((sum, { count }) => sum + count, 0) === total && found;
  };
  const found = await until(done, { what: `${total} deliveries are settled`, everyMs: 50, deadlineMs: 20_000 });
  return found.map(({ type, outcome, count }) => `${type}: ${count} ${outcome}`);
}

/** A document to publish, and what it is. */
export interface Sent {
  readonly type: string;
  readonly text: string;
  /** What its envelope does not carry. */
  readonly query?: string;
}

/**
 * Publishes the documents of one tenant one by one, and holds what arrives in each of the four forms against them, with its signature. The
 * first request at each endpoint is answered 500, and must come again with the same bytes.
 * @param dataAt the pointer's only segment, or "" where the whole document is its data
 * @returns how many events arrived in all four
 */
export async function deliverInAllForms(
  running: Running,
  { tenantId, catalog, dataAt }: { readonly tenantId: string; readonly catalog: string; readonly dataAt: string },
  documents: readonly Sent[],
): Promise<number> {
  const eventTypes = [...new Set(documents.map(({ type }) => type))];
  const wishes: Wishes = {
    catalog,
    eventTypes,
    retrySchedule: [1],
    handler: (_request, count) => ({ status: count === 1 ? 500 : 200 }),
  };
  const forms: readonly Form[] = ["native", "standard", "cloudevents", "thin"];
  const listeners = await Promise.all(
    forms.map(async (form) => [form, await running.listen(tenantId, { ...wishes, payloadFormat: form })] as const),
  );
  const published = new Map<string, Sent>();
  for (const sent of documents) {
    const { status, text, body } = await running.publish(catalog, sent.text, sent.query);
    expect([status, text]).toEqual([202, expect.stringContaining(`"tenantId":"${tenantId}","type":"${sent.type}"`)]);
    published.set(body.id, sent);
  }
  for (const [form, listener] of listeners) {
    const requests = await listener.heard(documents.length + 1);
    const bodies = Map.groupBy(requests, ({ headers }) => String(headers["webhook-id"]));
    expect([...bodies.keys()].toSorted()).toEqual([...published.keys()].toSorted());
    for (const [id, sent] of published) {
      const [first, ...again] = bodies.get(id) ?? [];
      for (const request of again) expect(request.body).toBe(first?.body);
      await expectForm(form, first, { ...sent, id, tenantId, catalog, data: dataOf(sent.text, dataAt) });
    }
  }
  return published.size;
}

interface Published extends Sent {
  readonly id: string;
  readonly tenantId: string;
  readonly catalog: string;
  readonly data: Json;
}

async function expectForm(form: Form, request: Received | undefined, published: Published): Promise<void> {
  const { text, id, type, tenantId, catalog, data } = published;
  const { body = "", headers = {} } = request ?? {};
  const contentType = form === "cloudevents" ? "application/cloudevents+json" : "application/json";
  expect(headers["content-type"]).toBe(contentType);
  if (form === "native") {
    expect(body).toBe(text);
    return;
  }
  const parsed: Json = JSON.parse(body);
  if (form === "thin") {
    expect(parsed).toEqual({ id, type, tenantId, timestamp: expect.any(String) });
  } else if (form === "standard") {
    expect(parsed).toMatchObject({ id, type, tenantId, timestamp: expect.any(String), version: expect.any(String) });
    expect(parsed.data).toEqual(data);
  } else {
    expect(parsed).toMatchObject({ specversion: "1.0", id, type, catalog, tenantid: tenantId });
    expect(parsed.data).toEqual(data);
    await expectValidBy(parsed.dataschema, data);
  }
}

/** Gets a schema as anybody would, and holds data against it. */
export async function expectValidBy(url: string, data: Json): Promise<void> {
  const response = await fetch(url);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/schema+json"]);
  const schema = await response.text();
  expect(JSON.parse(schema)).toMatchObject({ type: "object" });
  expect(compileSchema(schema).validate(data)).toEqual([]);
}

function dataOf(text: string, at: string): Json {
  const document: Json = JSON.parse(text);
  return at === "" ? document : document[at];
}

/** What an answer to one document that breaks its schema looks like. */
export function invalidAt(pointer: string): object {
  return { status: 422, body: { code: "invalidData", errors: [{ pointer }] } };
}
