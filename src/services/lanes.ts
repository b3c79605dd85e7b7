import * as sql from "#db/sql/endpoints.ts";
import { Problem } from "#domain/problems.ts";
import type { TenantContext } from "./context.ts";
import { getEndpoint, type Endpoint } from "./endpoints.ts";
import { missing } from "./missing.ts";

export type LaneAction = "enable" | "disable" | "pause" | "resume";

/**
 * Paused, an endpoint's deliveries wait; disabled, it gets none. Doing it twice is doing it once.
 * @throws {Problem} notFound; endpointDisabled for pause and resume, which leave a disabled endpoint as it is
 */
export async function setLane(
  ctx: TenantContext,
  { endpointId, action }: { readonly endpointId: string; readonly action: LaneAction },
): Promise<Endpoint> {
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

const TEST_TYPE = "API.Webhook.Test";
const TEST_DATA = JSON.stringify({ message: "A test event from Posthorn", test: true });

/**
 * Sends one event to this endpoint alone, whatever it subscribes to. With a type, its data is the type's newest example.
 * @throws {Problem} notFound, unknownEventType, endpointDisabled
 */
export async function sendTest(
  ctx: TenantContext,
  { endpointId, eventType }: { readonly endpointId: string; readonly eventType?: string | undefined },
): Promise<TestSent> {
  const data = eventType === undefined ? TEST_DATA : await exampleOf(ctx, eventType);
  const values = [ctx.tenantId, endpointId, eventType ?? TEST_TYPE, data];
  const [row] = await ctx.store.run<TestSent | Refused>(sql.sendTest, values);
  if (row === undefined) return missing();
  if (row.status === "disabled") throw new Problem("endpointDisabled", "The endpoint is disabled: enable it first.");
  return row;
}

interface Refused {
  readonly status: "disabled";
}

async function exampleOf(ctx: TenantContext, eventType: string): Promise<string> {
  const catalog = eventType.startsWith("API.") ? "posthorn" : "default";
  const [row] = await ctx.store.run<{ example: string | null }>(sql.findExample, [catalog, eventType]);
  if (row !== undefined) return row.example ?? TEST_DATA;
  throw new Problem("unknownEventType", `There is no event type ${JSON.stringify(eventType)}.`, [
    { pointer: "/eventType", detail: "names no event type" },
  ]);
}
