import * as sql from "#db/sql/endpoints.ts";
import { exampleDocument } from "#domain/catalog/envelope.ts";
import { Problem } from "#domain/problems.ts";
import type { KnownCatalog } from "./catalogs/known.ts";
import { requireCatalog } from "./catalogs/required.ts";
import type { TenantContext } from "./context.ts";
import { getEndpoint, type EndpointDetail } from "./endpoints.ts";
import { catalogOf } from "./eventTypes.ts";
import { missing } from "./missing.ts";

export type LaneAction = "enable" | "disable" | "pause" | "resume";

/**
 * Paused, an endpoint's deliveries wait; disabled, it gets none. Doing it twice is doing it once. Resuming a lane that the gateway holds
 * (failing, slow, throttled) tries it now.
 * @throws {Problem} notFound; endpointDisabled for pause and resume, which leave a disabled endpoint as it is
 */
export async function setLane(
  ctx: TenantContext,
  { endpointId, action }: { readonly endpointId: string; readonly action: LaneAction },
): Promise<EndpointDetail> {
  const values = [ctx.tenantId, endpointId, action, ctx.principal.actor];
  const [row] = await ctx.store.run<{ result: "ok" | "missing" | "disabled" }>(sql.setLane, values);
  if (row?.result === "disabled") throw new Problem("endpointDisabled", "The endpoint is disabled: enable it first.");
  if (row?.result !== "ok") missing();
  return getEndpoint(ctx, { endpointId });
}

export interface TestSent {
  /** UUIDs. */
  readonly eventId: string;
  readonly deliveryId: string;
  readonly status: "queued" | "held";
}

interface Example {
  readonly catalog: string;
  readonly type: string;
  readonly version: string | null;
  /** JSON texts; `native`: the whole document in its catalog's envelope, null where the catalog has none. */
  readonly data: string;
  readonly native: string | null;
}

const MESSAGE = JSON.stringify({ message: "A test event from Posthorn", test: true });
const PLAIN: Example = { catalog: "posthorn", type: "API.Webhook.Test", version: null, data: MESSAGE, native: null };

/**
 * Sends one event to this endpoint alone, whatever it subscribes to. With a type, it is the type's newest example.
 * @throws {Problem} notFound, unknownEventType, unknownCatalog, endpointDisabled; invalidRequest (a catalog without a type)
 */
export async function sendTest(
  ctx: TenantContext,
  { endpointId, ...type }: TypeToTest & { readonly endpointId: string },
): Promise<TestSent> {
  const example = await exampleOf(ctx, type);
  const about = [example.catalog, example.type, example.version];
  const values = [ctx.tenantId, endpointId, ...about, example.data, example.native];
  const [row] = await ctx.store.run<TestSent | Refused>(sql.sendTest, values);
  if (row === undefined) return missing();
  if (row.status === "disabled") throw new Problem("endpointDisabled", "The endpoint is disabled: enable it first.");
  return row;
}

interface TypeToTest {
  readonly eventType?: string | undefined;
  readonly catalog?: string | undefined;
}

interface Refused {
  readonly status: "disabled";
}

async function exampleOf(ctx: TenantContext, { eventType, catalog }: TypeToTest): Promise<Example> {
  if (eventType === undefined) {
    if (catalog === undefined) return PLAIN;
    const fault = { pointer: "/eventType", detail: "must be given where a catalog is" };
    throw new Problem("invalidRequest", "A catalog is named for its event type: name both.", [fault]);
  }
  const known = catalog === undefined ? null : await requireCatalog(ctx, catalog, "/catalog");
  const home = catalogOf(eventType, catalog);
  const [row] = await ctx.store.run<ExampleRow>(sql.findExample, [home, eventType]);
  if (row === undefined) {
    const fault = { pointer: "/eventType", detail: "names no event type" };
    throw new Problem("unknownEventType", `There is no event type ${JSON.stringify(eventType)} in ${home}.`, [fault]);
  }
  const { version, example } = row;
  const native = known === null ? null : nativeOf(known, eventType, version);
  return { catalog: home, type: eventType, version, data: example ?? MESSAGE, native };
}

interface ExampleRow {
  readonly version: string | null;
  readonly example: string | null;
}

/** The whole example document; null for what was registered beside the catalog's document. */
function nativeOf({ document, types }: KnownCatalog, name: string, version: string | null): string | null {
  const type = types.get(name);
  const content = type?.versions.find((one) => one.version === version);
  return type === undefined || content === undefined ? null : exampleDocument(document, type, content);
}
