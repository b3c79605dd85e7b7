import type { ReplayableStatus } from "#db/schema.ts";
import * as sql from "#db/sql/replays.ts";
import { systemClock } from "#domain/clock.ts";
import { cancelReplay as cancelByPerson, createReplay } from "#services/replays.ts";
import type { Look, SeenDelivery } from "./look.ts";
import { expectRefusal } from "./people.ts";
import { Broken, type Plan, type Stage } from "./stage.ts";

interface ModelReplay {
  readonly endpoint: string;
  readonly statuses: readonly string[];
  /** Deliveries that it is to send again, those that have changed since left out. */
  readonly chosen: Set<string>;
  readonly sent: Set<string>;
  canceled: boolean;
}

/** What replays were asked for, and what they have sent again. */
export class Replays {
  readonly #all = new Map<string, ModelReplay>();
  /** Of canceled ones: how many were let go and given back between two looks. */
  readonly #unseen = new Map<string, number>();

  get living(): string[] {
    return [...this.#all].flatMap(([id, { canceled }]) => (canceled ? [] : [id]));
  }

  add(id: string, replay: ModelReplay): void {
    this.#all.set(id, replay);
  }

  cancel(id: string): void {
    const replay = this.#all.get(id);
    if (replay !== undefined) replay.canceled = true;
  }

  /** It is not what it was when a replay chose it. */
  changed(delivery: string, but?: string): void {
    for (const [id, { chosen }] of this.#all) if (id !== but) chosen.delete(delivery);
  }

  /** Finds what replays have sent again or canceled between two looks. Returns what of it must not be. */
  follow(stage: Stage, before: Look, now: Look): string[] {
    const known = new Map(before.deliveries.map((row) => [row.id, row]));
    const wrong = now.deliveries.flatMap((row) => {
      const was = known.get(row.id);
      if (was === undefined) return [];
      if (row.replay === null) {
        if (was.replay !== null && this.#all.get(was.replay)?.canceled) noteGivenBack(stage, row);
        return [];
      }
      if (row.replay !== was.replay) return this.#sentAgain(stage, was, row);
      if (row.status === "canceled" && was.status !== "canceled" && this.#all.get(row.replay)?.canceled)
        noteCanceled(stage, row);
      return [];
    });
    return [...wrong, ...now.replays.flatMap((row) => this.#countsOf(stage, row))];
  }

  #sentAgain(stage: Stage, was: SeenDelivery, row: SeenDelivery): string[] {
    const replay = this.#all.get(row.replay ?? "");
    const delivery = stage.model.delivery(row);
    if (replay === undefined || delivery === undefined) return [`A replay that nobody asked for has sent ${row.id}`];
    const isOnce = !replay.sent.has(row.id);
    const isAsked =
      stage.racing || (replay.chosen.has(row.id) && replay.statuses.includes(was.status) && !replay.canceled);
    replay.sent.add(row.id);
    stage.touched.add(row.id);
    this.changed(row.id, row.replay ?? undefined);
    stage.model.redelivered(delivery);
    // It may have been canceled with its replay at once, and its job is still there.
    if (stage.racing) stage.stale.add(row.id);
    return isOnce && isAsked ? [] : [`A replay sends once what it was asked for: ${row.id} was ${was.status}`];
  }

  #countsOf(stage: Stage, { id, status, matched, admitted }: Look["replays"][number]): string[] {
    const replay = this.#all.get(id);
    if (replay === undefined) return [`replay ${id} was never asked for`];
    const left = [...replay.chosen].filter((delivery) => !replay.sent.has(delivery));
    // Among things done at once a page may be let go and, its replay canceled, given back: nobody has seen it. From then on the count stands.
    if (stage.racing && status === "canceled" && admitted <= matched)
      this.#unseen.set(id, Math.max(this.#unseen.get(id) ?? 0, admitted - replay.sent.size));
    const isTrue = admitted === replay.sent.size + (this.#unseen.get(id) ?? 0);
    return [
      ...(isTrue
        ? []
        : [`A replay counts what it sends: ${id} says ${admitted}, and has sent ${replay.sent.size} of ${matched}`]),
      ...(status === "completed" && left.length > 0
        ? [`A replay leaves nothing out: ${id} has left ${left.join(", ")}`]
        : []),
    ];
  }
}

/** What a canceled replay had not let go is what it was before. */
function noteGivenBack({ model, touched, replays }: Stage, row: SeenDelivery): void {
  const delivery = model.delivery(row);
  if (delivery === undefined || (row.status !== "delivered" && row.status !== "failed")) return;
  touched.add(row.id);
  replays.changed(row.id);
  model.ended(delivery, row.status);
}

function noteCanceled(stage: Stage, row: SeenDelivery): void {
  const delivery = stage.model.delivery(row);
  if (delivery === undefined) return;
  stage.touched.add(row.id);
  stage.stale.add(row.id);
  stage.replays.changed(row.id);
  stage.model.canceled(delivery);
}

const choices: readonly (readonly ReplayableStatus[])[] = [["failed"], ["delivered"], ["failed", "delivered"]];

export const startReplay: Plan = (stage) => {
  const { chances, model, tenant } = stage;
  const endpoint = chances.pick(model.livingEndpoints);
  const statuses = chances.pick(choices) ?? ["failed"];
  const ratePerSecond = chances.chance(0.3) ? 5 : undefined;
  if (endpoint === undefined) return null;
  return {
    what: `replay what is ${statuses.join(" or ")} of ${endpoint.id}${ratePerSecond === undefined ? "" : ", five in a second"}`,
    async run({ ctx }) {
      const rows = stage.look.deliveries.filter(
        (row) => row.endpoint === endpoint.id && statuses.some((status) => status === row.status),
      );
      const since = new Date(systemClock() - 3_600_000);
      await expectRefusal("any", async () => {
        const replay = await createReplay(ctx(tenant), { endpointId: endpoint.id, since, statuses, ratePerSecond });
        if (replay.matched !== rows.length)
          throw new Broken(`A replay counts what there is: ${replay.matched} of ${rows.length}`);
        const chosen = new Set(rows.map(({ id }) => id));
        stage.replays.add(replay.id, { endpoint: endpoint.id, statuses, chosen, sent: new Set(), canceled: false });
      });
    },
  };
};

export const cancelReplay: Plan = ({ chances, replays, tenant }) => {
  const id = chances.pick(replays.living);
  if (id === undefined) return null;
  return {
    what: `cancel replay ${id}`,
    async run({ ctx }) {
      if (await expectRefusal("any", () => cancelByPerson(ctx(tenant), { replayId: id }))) replays.cancel(id);
    },
  };
};

export const admitReplays: Plan = ({ chances, replays }) => {
  const [page, budget] = [chances.pick([1, 3, 500]) ?? 1, chances.pick([1, 8, 100]) ?? 1];
  if (replays.living.length === 0) return null;
  return {
    what: `replays go on, with a page of ${page} and a budget of ${budget}`,
    async run({ store }) {
      await store.run(sql.admitReplays, [page, budget]);
    },
  };
};
