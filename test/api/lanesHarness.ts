import { Pool, type QueryResultRow } from "pg";
import { decodeId } from "#domain/ids.ts";
import { recordAttempt, type Ending } from "#test/attempts.ts";
import { startApi, type Answer, type Json, type TestApi } from "./harness.ts";

/** The API, its database, and what tests of lanes do to it. No deliverer runs: what is admitted stays queued. */
export interface LanesApi extends TestApi {
  rows<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A new tenant's endpoint, subscribed to everything unless told otherwise; its path. */
  endpoint(fields?: object): Promise<TestEndpoint>;
  /** Publishes `lanes.made` and gives the id of the endpoint's delivery of it. */
  publish(endpoint: TestEndpoint, more?: object): Promise<string>;
  delivery(endpoint: TestEndpoint, deliveryId: string): Promise<Json>;
  /** Does something to a delivery: `redeliver` or `cancel`. */
  act(endpoint: TestEndpoint, deliveryId: string, action: string): Promise<Answer>;
  /** The lane as GET on the endpoint shows it. */
  lane(endpoint: TestEndpoint): Promise<Json>;
  /** What a deliverer would have written after sending it. */
  ends(deliveryId: string, ending: Ending, httpStatus?: number): Promise<void>;
  /** One look of a pump. */
  pump(): Promise<void>;
}

export interface TestEndpoint {
  readonly tenant: string;
  /** `/v1/tenants/…/endpoints/…` */
  readonly path: string;
  /** The UUID. */
  readonly id: string;
}

export async function startLanesApi(): Promise<LanesApi> {
  const app = await startApi();
  const pool = new Pool({ connectionString: app.databaseUrl, max: 2 });
  const rows: LanesApi["rows"] = async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await pool.query<Row>(text, [...values])).rows;
  await app.call("POST", "/v1/event-types", { body: { name: "lanes.made" } });
  return {
    ...app,
    rows,
    endpoint: (fields = {}) => makeEndpoint(app, fields),
    publish: (endpoint, more = {}) => publish(app, endpoint, more),
    delivery: async (endpoint, deliveryId) => (await app.call("GET", pathOf(endpoint, deliveryId))).body,
    act: (endpoint, deliveryId, action) => app.call("POST", `${pathOf(endpoint, deliveryId)}/${action}`),
    lane: async ({ path }) => (await app.call("GET", path)).body.lane,
    ends: (deliveryId, ending, httpStatus) =>
      recordAttempt(rows, decodeId("delivery", deliveryId) ?? "", ending, httpStatus),
    pump: async () => void (await rows("select * from posthorn.admit(null, 100, 100)")),
    async close() {
      await pool.end();
      await app.close();
    },
  };
}

function pathOf({ tenant }: TestEndpoint, deliveryId: string): string {
  return `/v1/tenants/${tenant}/deliveries/${deliveryId}`;
}

async function makeEndpoint(app: TestApi, fields: object): Promise<TestEndpoint> {
  const tenant = await app.tenant();
  const body = { url: "https://hooks.example.com/a", eventTypes: ["*"], ...fields };
  const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body });
  if (made.status !== 201) throw new Error(made.text);
  const path = `/v1/tenants/${tenant}/endpoints/${made.body.id}`;
  return { tenant, path, id: decodeId("endpoint", made.body.id) ?? "" };
}

async function publish(app: TestApi, { tenant, path }: TestEndpoint, more: object): Promise<string> {
  const body = { type: "lanes.made", tenantId: tenant, data: {}, ...more };
  const published = await app.call("POST", "/v1/events", { body });
  if (published.status !== 202) throw new Error(published.text);
  const query = `eventId=${published.body.id}&endpointId=${path.split("/").at(-1)}`;
  const { body: list } = await app.call("GET", `/v1/tenants/${tenant}/deliveries?${query}`);
  return list.data[0].id;
}
