import * as sql from "#db/sql/delivery.ts";
import type { Statement } from "#db/store.ts";
import * as house from "#db/sql/house.ts";
import type { Plan, Stage } from "./stage.ts";
import type { Hands } from "./world.ts";

const moves = [20, 100, 300, 1_000, 1_000, 6_000, 60_000, 600_000];
/** Half of what a sequence may be moved: the rest is for its end. */
const mostMs = 4 * 3_600_000;

export const moveClock: Plan = (stage) => {
  const byMs = stage.chances.pick(moves) ?? 0;
  if (stage.movedMs + byMs > mostMs) return null;
  return {
    what: `${byMs / 1_000} s pass`,
    async run({ store }) {
      stage.movedMs += byMs;
      await store.run(move, [byMs]);
    },
  };
};

export const move: Statement = {
  name: "model_move",
  text: "update posthorn_model.clock set at = at + $1::double precision * interval '1 millisecond'",
};

export const promote: Plan = ({ model, look }) => ({
  what: "promote what is due",
  async run({ store }) {
    await store.run(sql.promoteDue, [1_000]);
    model.promoted(look.nowMs);
  },
});

export const admit: Plan = ({ chances, model }) => {
  const only = chances.chance(0.5) ? chances.pick(model.livingEndpoints) : undefined;
  const [page, budget] = [chances.pick([1, 2, 500]) ?? 1, chances.pick([1, 3, 100]) ?? 1];
  return {
    what: `admit ${only?.id ?? "all that are due"}, a page of ${page} and a budget of ${budget}`,
    async run({ store }) {
      await store.run(sql.admit, [only === undefined ? null : [only.id], page, budget]);
    },
  };
};

export const reconcile: Plan = (stage) => ({
  what: "reconcile",
  run: (hands) => reconcileAll(stage, hands),
});

/** All of it, with no grace for those who may be at it this moment. */
export async function reconcileAll(stage: Stage, { store }: Hands): Promise<void> {
  const page = 1_000;
  await store.run(house.reconcileDeliveries, [0, page, "-infinity"]);
  await store.run(house.reconcileEvents, [0, page, nil]);
  await store.run(house.reconcileLanes, [page, nil]);
  await store.run(house.reconcileKeys, [0, page, nil, null]);
  stage.orphans.clear();
  // Those that are in flight without their job have one again.
  for (const { flights } of stage.deliverers) for (const { delivery } of flights) stage.stale.add(delivery);
}

const nil = "00000000-0000-0000-0000-000000000000";

/** Nothing but failures for six days. */
export const failForDays: Plan = ({ chances, model, failedForDays }) => {
  const endpoint = chances.pick(model.livingEndpoints);
  if (endpoint === undefined) return null;
  return {
    what: `${endpoint.id} has failed for six days`,
    async run({ store }) {
      const changed = await store.run(fail, [endpoint.id]);
      if (changed.length > 0) failedForDays.add(endpoint.id);
    },
  };
};

const fail: Statement = {
  name: "model_fail",
  text: `update posthorn.lanes set failing_since = failing_since - interval '6 days', failures = failures + 9
    where endpoint_id = $1 and failing_since is not null and failures > 0 returning endpoint_id`,
};
