import { Problem, type ProblemCode } from "#domain/problems.ts";
import { decodeId } from "#domain/ids.ts";
import { cancelDelivery, redeliverDelivery } from "#services/deliveries.ts";
import { deleteEndpoint, updateEndpoint } from "#services/endpoints.ts";
import { rotateSecret } from "#services/endpointSecrets.ts";
import { setLane, type LaneAction } from "#services/lanes.ts";
import type { EventInput, Published } from "#services/publish/event.ts";
import { deleteSubscription, updateSubscription } from "#services/subscriptions.ts";
import type { SeenDelivery } from "./look.ts";
import type { ModelEndpoint, Ordering } from "./model.ts";
import { Broken, type Plan, type Stage } from "./stage.ts";

const keys = [null, null, "a", "a", "a", "b"];

export const publish: Plan = (stage) => {
  const { chances, tenant } = stage;
  const chosen = Array.from({ length: 1 + chances.below(4) }, () => chances.pick(keys) ?? null);
  return {
    what: `publish with the keys ${chosen.map((key) => key ?? "-").join(" ")}`,
    async run({ publisher }) {
      const inputs = chosen.map((key) => eventOf(tenant, key));
      const answers: (Published | Problem)[] = [];
      const [only] = inputs;
      if (inputs.length === 1 && only !== undefined) answers.push(await publisher.publish(only, null));
      else answers.push(...(await publisher.publishBatch(inputs, null)));
      for (const [i, answer] of answers.entries()) accepted(stage, answer, chosen[i] ?? null);
    },
  };
};

function accepted(
  { model, fannedOut, racing, madeAtOnce }: Stage,
  answer: Published | Problem,
  key: string | null,
): void {
  if (answer instanceof Problem) throw answer;
  const id = decodeId("event", answer.id) ?? "";
  const isByJob = model.livingEndpoints.some(({ subscription }) => subscription?.throttled);
  const event = { id, key, fannedOut: !isByJob };
  model.events.set(id, event);
  fannedOut.add(id);
  if (racing) madeAtOnce.add(id);
  if (event.fannedOut) model.fanOut(event);
}

function eventOf(tenantId: string, orderingKey: string | null): EventInput {
  const nothing = { externalId: null, version: null, schemaRef: null, occurredAt: null, source: null, userId: null };
  const more = { correlationId: null, traceId: null, metadata: null, native: null, at: "", places: { data: "/data" } };
  return { ...nothing, ...more, tenantId, catalog: "default", type: "thing.happened", orderingKey, data: "{}" };
}

const actions: readonly LaneAction[] = ["pause", "resume", "resume", "pause", "resume", "disable", "enable", "enable"];

export const changeLane: Plan = (stage) => {
  const { chances, model, tenant } = stage;
  const endpoint = chances.pick(model.livingEndpoints);
  const action = chances.pick(actions);
  if (endpoint === undefined || action === undefined) return null;
  return {
    what: `${action} ${endpoint.id}`,
    async run({ ctx }) {
      const isRefused = endpoint.person === "disabled" && (action === "pause" || action === "resume");
      const refusal = isRefused ? "endpointDisabled" : null;
      const isDone = await expectRefusal(stage.racing ? "any" : refusal, () =>
        setLane(ctx(tenant), { endpointId: endpoint.id, action }),
      );
      if (isDone) endpoint.person = personAfter(action, endpoint.person);
    },
  };
};

function personAfter(action: LaneAction, before: ModelEndpoint["person"]): ModelEndpoint["person"] {
  if (action === "disable") return "disabled";
  if (action === "pause") return "paused";
  return action === "enable" && before === "paused" ? "paused" : null;
}

/** Those that hold up others, or have failed, more often than they come. */
function pickDelivery({ chances, look }: Stage): SeenDelivery | undefined {
  const blocking = look.deliveries.filter(({ blocks }) => blocks);
  if (blocking.length > 0 && chances.chance(0.5)) return chances.pick(blocking);
  const heads = look.deliveries.filter(
    ({ key, status }) => key !== null && (status === "queued" || status === "scheduled" || status === "failed"),
  );
  return chances.pick(heads.length > 0 && chances.chance(0.4) ? heads : look.deliveries);
}

export const redeliver: Plan = (stage) => {
  const { model, tenant } = stage;
  const row = pickDelivery(stage);
  if (row === undefined) return null;
  return {
    what: `redeliver ${row.id} (${row.status})`,
    async run({ ctx }) {
      const refusal = refusalOf(row, model.endpoint(row.endpoint));
      const isDone = await expectRefusal(stage.racing ? "any" : refusal, () =>
        redeliverDelivery(ctx(tenant), { deliveryId: row.id }),
      );
      const delivery = model.delivery(row);
      if (!isDone || delivery === undefined) return;
      stage.touched.add(row.id);
      stage.redelivered.add(row.id);
      if (row.status !== "held") stage.replays.changed(row.id);
      model.redelivered(delivery);
    },
  };
};

function refusalOf(row: SeenDelivery, endpoint: ModelEndpoint): ProblemCode | null {
  if (row.status === "queued") return null;
  if (endpoint.deleted) return "endpointDeleted";
  return endpoint.person === "disabled" ? "endpointDisabled" : null;
}

export const cancel: Plan = (stage) => {
  const { model, tenant } = stage;
  const row = pickDelivery(stage);
  if (row === undefined) return null;
  return {
    what: `cancel ${row.id} (${row.status}${row.blocks ? ", blocking" : ""})`,
    async run({ ctx }) {
      const isFinal = row.status === "delivered" || (row.status === "failed" && !row.blocks);
      const refusal = isFinal ? "notCancelable" : null;
      const isDone = await expectRefusal(stage.racing ? "any" : refusal, () =>
        cancelDelivery(ctx(tenant), { deliveryId: row.id }),
      );
      const delivery = model.delivery(row);
      if (!isDone || delivery === undefined) return;
      stage.touched.add(row.id);
      stage.replays.changed(row.id);
      // Its job wakes, and finds that there is nothing to do.
      stage.stale.add(row.id);
      model.canceled(delivery);
    },
  };
};

export const rotate: Plan = ({ chances, model, tenant }) => {
  const endpoint = chances.pick(model.livingEndpoints);
  if (endpoint === undefined) return null;
  const overlapSeconds = chances.pick([0, 60]) ?? 0;
  return {
    what: `rotate the secret of ${endpoint.id}`,
    async run({ ctx }) {
      await expectRefusal("any", () => rotateSecret(ctx(tenant), { endpointId: endpoint.id, overlapSeconds }));
    },
  };
};

const orderings: readonly Ordering[] = ["block", "skip", "block", "skip", null];

export const changeOrdering: Plan = ({ chances, model, tenant, look }) => {
  const blocked = chances.pick(look.deliveries.filter(({ blocks }) => blocks));
  const endpoint =
    blocked !== undefined && chances.chance(0.7)
      ? model.endpoint(blocked.endpoint)
      : chances.pick(model.livingEndpoints);
  const ordering = chances.pick(orderings) ?? null;
  const subscription = endpoint?.subscription;
  if (endpoint === undefined || !subscription) return null;
  return {
    what: `order ${endpoint.id} by ${ordering ?? "nothing"}`,
    async run({ ctx }) {
      const place = { endpointId: endpoint.id, subscriptionId: subscription.id };
      await updateSubscription(ctx(tenant), { ...place, ordering: ordering === null ? null : { onFailure: ordering } });
      model.reordered(endpoint, ordering);
    },
  };
};

const limits = [null, { max: 1, windowSeconds: 1 }, { max: 2, windowSeconds: 10 }, { max: 5, windowSeconds: 1 }];

export const changeLimit: Plan = ({ chances, model, tenant, turns }) => {
  const endpoint = chances.pick(model.livingEndpoints);
  const rateLimit = chances.pick(limits) ?? null;
  if (endpoint === undefined) return null;
  return {
    what: `limit ${endpoint.id} to ${JSON.stringify(rateLimit)}`,
    async run({ ctx }) {
      await updateEndpoint(ctx(tenant), { endpointId: endpoint.id, fields: { rateLimit } });
      endpoint.limit = rateLimit;
      turns.delete(endpoint.id);
    },
  };
};

export const changeMode: Plan = ({ chances, model, tenant }) => {
  const endpoint = chances.pick(model.livingEndpoints);
  if (endpoint === undefined) return null;
  // Polling is seldom: nothing happens to what waits there.
  const mode = endpoint.mode === "poll" || chances.chance(0.5) ? "push" : "poll";
  return {
    what: `${mode} ${endpoint.id}`,
    async run({ ctx }) {
      await updateEndpoint(ctx(tenant), { endpointId: endpoint.id, fields: { mode } });
      endpoint.mode = mode;
    },
  };
};

export const removeEndpoint: Plan = ({ chances, model, tenant }) => {
  const endpoint = model.livingEndpoints.length > 1 ? chances.pick(model.livingEndpoints) : undefined;
  if (endpoint === undefined) return null;
  return {
    what: `delete ${endpoint.id}`,
    async run({ ctx }) {
      await deleteEndpoint(ctx(tenant), { endpointId: endpoint.id });
      endpoint.deleted = true;
      endpoint.subscription = null;
    },
  };
};

export const removeSubscription: Plan = ({ chances, model, tenant }) => {
  const endpoint = chances.pick(model.livingEndpoints);
  const subscription = endpoint?.subscription;
  if (endpoint === undefined || !subscription) return null;
  return {
    what: `delete the subscription of ${endpoint.id}`,
    async run({ ctx }) {
      await deleteSubscription(ctx(tenant), { endpointId: endpoint.id, subscriptionId: subscription.id });
      model.reordered(endpoint, null);
      endpoint.subscription = null;
    },
  };
};

/** Whether it was done. `any`: it may be refused or not. */
export async function expectRefusal(
  expected: ProblemCode | "any" | null,
  verb: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await verb();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (expected === "any" || error.code === expected) return false;
    throw new Broken(`It is refused with ${error.code}: ${error.message}`, { cause: error });
  }
  if (expected !== null && expected !== "any") throw new Broken(`It is not refused with ${expected}`);
  return true;
}
