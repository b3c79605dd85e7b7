import { afterAll, beforeAll } from "vitest";
import {
  createGateway,
  testSecretKeys,
  type DelivererChoices,
  type EndpointChoices,
  type Gateway,
  type TestEndpoint,
} from "#test/gateway.ts";
import { until } from "#test/until.ts";
import { startApi, type Answer, type Json, type TestApi } from "../api/harness.ts";

/** The API and the deliverers of one test file on one database. */
export interface Replaying {
  readonly api: TestApi;
  readonly gateway: Gateway;
}

/** @param deliverer null: the file starts its own */
export function useReplaying(deliverer: DelivererChoices | null = {}): () => Replaying {
  let replaying: Replaying | undefined;
  beforeAll(async () => {
    const api = await startApi({ POSTHORN_ALLOW_TARGETS: "127.0.0.0/8", POSTHORN_SECRET_KEYS: testSecretKeys });
    const gateway = await createGateway(api.databaseUrl);
    replaying = { api, gateway };
    if (deliverer !== null) await gateway.startDeliverer(deliverer);
  });
  afterAll(async () => {
    await replaying?.gateway.close();
    await replaying?.api.close();
  });
  return () => {
    if (!replaying) throw new Error("The gateway is there from beforeAll on.");
    return replaying;
  };
}

/** An endpoint of a tenant of its own. */
export async function endpointOf(
  { gateway }: Replaying,
  url: string,
  more: Partial<EndpointChoices> = {},
): Promise<TestEndpoint> {
  const tenantId = await gateway.tenant();
  return gateway.endpoint({ tenantId, url, ...more });
}

export interface Past {
  readonly count: number;
  readonly status: "failed" | "delivered";
  readonly type?: string;
}

/** Deliveries that ended before now, as if they had been published and tried; their data is `{"n": 1…}`. */
export async function past(
  gateway: Gateway,
  { id, tenantId }: TestEndpoint,
  { count, status, type = "order.paid" }: Past,
) {
  await gateway.rows(
    `with made as (
       insert into posthorn.events (id, tenant_id, catalog, type, occurred_at, accepted_at, body, data_start)
       select posthorn.new_id(), $2, 'default', $5, now(), now(), '{"data":{"n":' || n || '}}', 9 from generate_series(1, $3::int) n returning id
     )
     insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, attempts, due_at, created_at, updated_at)
     select posthorn.new_id(), $2, $1, id, $5, $4, 1, now(), now(), now() from made`,
    [id, tenantId, count, status, type],
  );
}

/** An hour ago: before anything that a test makes. */
export function anHourAgo(): string {
  return new Date(Date.now() - 3_600_000).toISOString();
}

export async function replay({ api }: Replaying, endpoint: TestEndpoint, more: object = {}): Promise<Answer> {
  const body = { endpointId: endpoint.publicId, since: anHourAgo(), ...more };
  return api.call("POST", `/v1/tenants/${endpoint.tenantId}/replays`, { body });
}

export async function read({ api }: Replaying, tenantId: string, id: string): Promise<Json> {
  return (await api.call("GET", `/v1/tenants/${tenantId}/replays/${id}`)).body;
}

/** Waits until the replay's state is what is asked for, and returns it. */
export async function replayOnce(
  running: Replaying,
  tenantId: string,
  id: string,
  isSo: (shown: Json) => boolean,
  what: string,
): Promise<Json> {
  return until(
    async () => {
      const shown = await read(running, tenantId, id);
      return isSo(shown) && shown;
    },
    { deadlineMs: 25_000, what: `the replay ${what}`, everyMs: 50 },
  );
}

export async function completed(running: Replaying, tenantId: string, id: string): Promise<Json> {
  return replayOnce(running, tenantId, id, ({ status }) => status === "completed", "is completed");
}
