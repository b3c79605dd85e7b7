import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { expect } from "vitest";
import type { AttemptRow, EndpointChoices, Gateway, TestEndpoint } from "#test/gateway.ts";
import { type ApiProcess, type GatewayProcess, operatorKey } from "#test/processes.ts";
import { until } from "#test/until.ts";
import type { Audience, Stage } from "../harness/scenario.ts";
import type { BadReceiver } from "./badReceiver.ts";

/** On a machine with other things to do. */
export const deadlineMs = 60_000;

/** How long an attempt may take where that is not the point. */
const patientMs = 15_000;

/**
 * What events for the healthy tenants may wait while others misbehave, half of them and each: with three such scenarios at once on a quiet
 * machine it is 4 to 109 ms, and 28 to 640 ms.
 */
const healthyByDefault = { halfMs: 1_000, allMs: 10_000 };
/** Connections to healthy receivers that a busy moment may add; each event for a bad one that left its own would be more. */
const healthySockets = 30;

/** A gateway with healthy receivers under steady load, and one more tenant. */
export interface Scene {
  readonly stage: Stage;
  readonly gateway: Gateway;
  readonly api: ApiProcess;
  readonly deliverer: GatewayProcess;
  readonly tenantId: string;
  /** An endpoint at `/<name>` of the receiver, for events of the type `<name>.made`. */
  endpointAt(receiver: BadReceiver, name: string, choices?: More): Promise<TestEndpoint>;
  /** So many events of the type `<name>.made` for these endpoints, acknowledged by the API. Returns their ids. */
  publish(name: string, count: number, endpoints: readonly TestEndpoint[]): Promise<string[]>;
  /** Says something to the API as the operator does; its answer must be a 2xx. */
  post(path: string, body?: object): Promise<string>;
  /** All attempts at these endpoints, in order. */
  attempts(...endpoints: readonly TestEndpoint[]): Promise<AttemptRow[]>;
  /** Waits until every delivery of the endpoint is in one of the states. */
  all(endpoint: TestEndpoint, states: readonly string[]): Promise<void>;
  /** Waits until so many deliveries of the one more tenant are delivered. */
  delivered(count: number): Promise<void>;
  /** The healthy ones noticed nothing, and the deliverer has neither memory nor sockets left over; says so in the row. */
  expectUnharmed(...remarks: readonly string[]): Promise<void>;
}

export interface SceneChoices {
  /** Of the deliverer. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the deliverer may take. Default 300. */
  readonly memoryAtMostMb?: number;
  /** What events for the healthy tenants may wait: half of them, and each. Default 1 s and 10 s. */
  readonly healthyWithin?: { readonly halfMs: number; readonly allMs: number };
}

export type More = Partial<Omit<EndpointChoices, "tenantId" | "url">> & { readonly url?: string };

/** Sets the scene: it has delivered before anything happens. */
export async function setScene(stage: Stage, choices: SceneChoices = {}): Promise<Scene> {
  const { env = {}, memoryAtMostMb = 300, healthyWithin = healthyByDefault } = choices;
  const gateway = await stage.gateway();
  const audience = await stage.audience();
  const [api, deliverer] = await Promise.all([stage.api(), stage.deliverer({ env })]);
  stage.load(() => api.url, { perSecond: 20 });
  await until(() => audience.arrivals() >= 30, { deadlineMs, what: "the healthy receivers get their events" });
  const socketsBefore = socketsOf(deliverer.pid);
  const tenantId = await gateway.tenant();
  return {
    stage,
    gateway,
    api,
    deliverer,
    tenantId,
    async endpointAt(receiver, name, more = {}) {
      await gateway.eventType(`${name}.made`);
      const url = more.url ?? `http://127.0.0.1:${receiver.port}/${name}`;
      const settings = { eventTypes: [`${name}.made`], timeoutMs: patientMs, ...more };
      const endpoint = await gateway.endpoint({ ...settings, tenantId, url });
      receiver.expect(name, endpoint);
      return endpoint;
    },
    publish: (name, count, endpoints) => publish(stage, api, { tenantId, name, count, endpoints }),
    post: (path, body) => post(`${api.url}/v1/tenants/${tenantId}/${path}`, body),
    attempts: (...endpoints) => attemptsAt(gateway, endpoints),
    async all(endpoint, states) {
      const others = (): Promise<unknown[]> =>
        gateway.rows("select from posthorn.deliveries where endpoint_id = $1 and status <> all ($2)", [
          endpoint.id,
          states,
        ]);
      const what = `everything for the endpoint is ${states.join(" or ")}`;
      await until(async () => (await others()).length === 0, { deadlineMs, what, everyMs: 100 });
    },
    async delivered(count) {
      const what = `${count} are delivered`;
      await until(async () => (await deliveredOf(gateway, tenantId)) >= count, {
        deadlineMs: 3 * deadlineMs,
        what,
        everyMs: 250,
      });
    },
    async expectUnharmed(...remarks) {
      const healthy = await expectHealthy(gateway, audience, healthyWithin);
      expect(deliverer.log().match(/^.*"level":[56]0.*$/gm), "errors that the deliverer logged").toBeNull();
      const sockets = await expectNoSocketsLeft(deliverer.pid, socketsBefore);
      const memory = expectLittleMemory(deliverer.pid, memoryAtMostMb);
      for (const remark of [healthy, ...memory, ...sockets, ...remarks]) stage.remark(remark);
    },
  };
}

type Healthy = NonNullable<SceneChoices["healthyWithin"]>;

async function expectHealthy(gateway: Gateway, audience: Audience, within: Healthy): Promise<string> {
  const endpoints = [...audience.endpointsOf.values()].flat().map(({ id }) => id);
  const [row] = await gateway.rows<{ half_ms: number }>(
    `select percentile_cont(0.5) within group (order by extract(epoch from a.started_at - e.accepted_at) * 1000)::float8 as half_ms
     from posthorn.deliveries d join posthorn.events e on e.id = d.event_id join posthorn.attempts a on a.delivery_id = d.id and a.number = 1
     where d.endpoint_id = any ($1)`,
    [endpoints],
  );
  const [halfMs, allMs] = [Math.round(row?.half_ms ?? Infinity), Math.round(audience.longestWaitMs())];
  expect(halfMs, "how long half of the events for healthy receivers waited, in ms").toBeLessThan(within.halfMs);
  expect(allMs, "the longest that a healthy receiver waited for an event, in ms").toBeLessThan(within.allMs);
  return `events for healthy ones: half within ${halfMs} ms, all within ${allMs} ms`;
}

/** Connections to receivers idle out after 4 s; those to PostgreSQL come and go. */
async function expectNoSocketsLeft(pid: number, before: number | null): Promise<string[]> {
  if (before === null) return [];
  const allowed = before + healthySockets;
  let now = 0;
  const isBack = (): boolean => (now = socketsOf(pid) ?? 0) <= allowed;
  await until(isBack, { deadlineMs, what: `the deliverer has ${allowed} sockets or fewer`, everyMs: 250 }).catch(() =>
    expect(now, `sockets of the deliverer, of which it had ${before}`).toBeLessThanOrEqual(allowed),
  );
  return [`sockets ${before} before, ${now} after`];
}

function expectLittleMemory(pid: number, atMostMb: number): string[] {
  const mb = memoryMbOf(pid);
  if (mb === null) return [];
  expect(mb, "the deliverer's memory at its highest, in MB").toBeLessThanOrEqual(atMostMb);
  return [`memory ${mb} MB at most`];
}

// Linux tells; elsewhere these two measure nothing.
function socketsOf(pid: number): number | null {
  const folder = `/proc/${pid}/fd`;
  if (!existsSync(folder)) return null;
  return readdirSync(folder).filter((fd) => linkOf(`${folder}/${fd}`).startsWith("socket:")).length;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function memoryMbOf(pid: number): number | null {
  const file = `/proc/${pid}/status`;
  const kb = existsSync(file) ? /VmHWM:\s+(\d+)/.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  return kb === undefined ? null : Math.round(Number(kb) / 1024);
}

interface Batch {
  readonly tenantId: string;
  readonly name: string;
  readonly count: number;
  readonly endpoints: readonly TestEndpoint[];
}

async function publish(stage: Stage, api: ApiProcess, { tenantId, name, count, endpoints }: Batch): Promise<string[]> {
  const batch = randomUUID();
  const ids = Array.from({ length: count }, (_, n) => `${batch}-${n}`);
  const events = ids.map((id, n) => ({ id, type: `${name}.made`, tenantId, data: { n } }));
  const text = await post(`${api.url}/v1/events/batch`, { events });
  const at = Date.now();
  const accepted = ids.filter((id) => text.includes(`"id":"${id}"`));
  if (accepted.length !== count) throw new Error(`not every event was accepted: ${text}`);
  for (const id of ids) stage.acknowledged({ id, tenantId, endpointIds: endpoints.map((e) => e.id), at });
  return ids;
}

/** Says it again for as long as the API is busy with other things: what is said here may be said twice. */
async function post(url: string, body: object = {}): Promise<string> {
  const said = async (): Promise<{ text: string } | undefined> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${operatorKey}` },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.ok) return { text };
    if (response.status !== 503 && response.status !== 429) throw new Error(`${url}: ${response.status} ${text}`);
    return undefined;
  };
  return (await until(said, { deadlineMs, what: `${url} is answered`, everyMs: 200 })).text;
}

async function deliveredOf(gateway: Gateway, tenantId: string): Promise<number> {
  const [row] = await gateway.rows<{ count: number }>(
    "select count(*)::int as count from posthorn.deliveries where tenant_id = $1 and status = 'delivered'",
    [tenantId],
  );
  return row?.count ?? 0;
}

function attemptsAt(gateway: Gateway, endpoints: readonly TestEndpoint[]): Promise<AttemptRow[]> {
  return gateway.rows<AttemptRow>(
    `select a.* from posthorn.attempts a join posthorn.deliveries d on d.id = a.delivery_id
     where d.endpoint_id = any ($1) order by a.started_at, a.number`,
    [endpoints.map(({ id }) => id)],
  );
}
