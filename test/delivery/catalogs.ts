import { randomBytes } from "node:crypto";
import type { CatalogDocument, CatalogType, JsonSchema } from "#domain/catalog/document.ts";
import { installFixture } from "#test/catalogs.ts";
import type { EndpointChoices, Gateway, TestEndpoint } from "#test/gateway.ts";

/** What a subscription asks for beyond event types. */
export interface Wishes {
  readonly catalog?: string;
  readonly version?: string;
  readonly filter?: string;
  readonly transform?: string;
  readonly throttle?: { readonly max: number; readonly windowSeconds: number };
}

/** An endpoint whose only subscription has these wishes. */
export async function endpointWith(gateway: Gateway, choices: EndpointChoices, wishes: Wishes): Promise<TestEndpoint> {
  const endpoint = await gateway.endpoint(choices);
  await wish(gateway, endpoint, wishes);
  return endpoint;
}

/** Changes what the endpoint's subscriptions ask for. */
export async function wish(gateway: Gateway, { id }: TestEndpoint, wishes: Wishes): Promise<void> {
  const { catalog, version, filter, transform, throttle } = wishes;
  await gateway.rows(
    "update posthorn.subscriptions set catalog = $2, version = $3, filter = $4, transform = $5, throttle = $6 where endpoint_id = $1",
    [id, catalog, version, filter, transform, throttle === undefined ? null : JSON.stringify(throttle)],
  );
}

/** A catalog of one envelope `{id, kind, rev, at, org, who, meta, body}`, under a name of its own. */
export function catalogOf(types: readonly CatalogType[], more: Partial<CatalogDocument> = {}): CatalogDocument {
  const catalog = `c-${randomBytes(6).toString("hex")}`;
  const envelope = {
    name: "event",
    fields: {
      id: { pointers: ["/id"] },
      type: { pointers: ["/kind"] },
      version: { pointers: ["/rev"] },
      timestamp: { pointers: ["/at"] },
      tenantId: { pointers: ["/org"] },
      userId: { pointers: ["/who"] },
      metadata: { pointers: ["/meta"] },
      data: { pointers: ["/body"] },
    },
  };
  return {
    catalog,
    title: catalog,
    naming: { pattern: ".*", words: "any" },
    envelopes: [envelope],
    types,
    ...more,
  };
}

/** A type with versions v1, v2 … of these schemas. */
export function typeOf(name: string, schemas: readonly JsonSchema[], more: Partial<CatalogType> = {}): CatalogType {
  const versions = schemas.map((schema, i) => ({ version: `v${i + 1}`, schema, example: {} }));
  return { name, description: name, versions, ...more };
}

/** Puts a catalog in, unchecked. */
export function install(gateway: Gateway, document: CatalogDocument): Promise<void> {
  return installFixture((text, values) => gateway.rows(text, values), document);
}

/** What an event of a catalog carries beyond its data. */
export interface Sent {
  readonly id?: string;
  readonly version?: string;
  readonly userId?: string;
  readonly metadata?: string;
  /** RFC 3339. */
  readonly timestamp?: string;
}

/** `select posthorn.publish(...)` into a catalog: validated, and written in its envelope, by the fan-out. Returns the event's id. */
export async function publishTo(
  gateway: Gateway,
  place: { readonly tenantId: string; readonly catalog: string; readonly type: string },
  data: string,
  { id, version, userId, metadata, timestamp }: Sent = {},
): Promise<string> {
  const [row] = await gateway.rows<{ id: string }>(
    `select posthorn.publish(tenant_id => $1, catalog => $2, type => $3, data => $4::json, id => $5, version => $6, user_id => $7,
       metadata => $8::json, "timestamp" => $9::timestamptz) as id`,
    [place.tenantId, place.catalog, place.type, data, id, version, userId, metadata, timestamp],
  );
  return row?.id ?? "";
}

/** `posthorn.accept_events` as the API calls it for a document that came in the catalog's own envelope, already checked. */
export async function publishNative(
  gateway: Gateway,
  place: { readonly tenantId: string; readonly catalog: string; readonly type: string },
  event: { readonly version: string; readonly data: string; readonly native: string },
): Promise<string> {
  const input = {
    ordinal: 0,
    keys: [],
    tenant_id: place.tenantId,
    catalog: place.catalog,
    type: place.type,
    ...event,
  };
  const [row] = await gateway.rows<{ id: string }>("select id from posthorn.accept_events($1::json, true)", [
    JSON.stringify([input]),
  ]);
  return row?.id ?? "";
}
