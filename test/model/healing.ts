import * as sql from "#db/sql/delivery.ts";
import { admitReplays as admitDueReplays } from "#db/sql/replays.ts";
import { updateEndpoint } from "#services/endpoints.ts";
import { setLane } from "#services/lanes.ts";
import { answerAll } from "./answering.ts";
import { takeAll } from "./delivering.ts";
import type { SeenDelivery } from "./look.ts";
import { move, reconcileAll } from "./keeping.ts";
import { Broken, type Stage } from "./stage.ts";
import type { Hands } from "./world.ts";

const rounds = 60;
const longestMs = 600_000;

/**
 * Everything heals: people let go of what they held, receivers answer, and time passes. Then everything must have come to its end, but for
 * what waits behind a delivery that blocks its key.
 * @param settle looks at everything after a step
 */
export async function heal(stage: Stage, hands: Hands, settle: (what: string) => Promise<void>): Promise<void> {
  stage.ghosts = [];
  await letGo(stage, hands);
  await settle("everything heals");
  for (let round = 0, byMs = 1_000; round < rounds; round++, byMs = Math.min(byMs * 3, longestMs)) {
    for (const { id, flights } of stage.deliverers)
      await hands.store.run(sql.unlockForgotten, [id, flights.map(({ job }) => job), 0]);
    await hands.store.run(sql.promoteDue, [1_000]);
    stage.model.promoted(stage.look.nowMs);
    await takeAll(stage, hands);
    await answerAll(stage, hands);
    await hands.store.run(sql.admit, [null, 500, 100]);
    await hands.store.run(admitDueReplays, [500, 100]);
    await reconcileAll(stage, hands);
    await hands.store.run(move, [byMs]);
    await settle(`all is done that can be, and ${byMs} ms pass`);
    if (unfinished(stage).length === 0) return;
  }
  throw new Broken(`Everything comes to its end: ${unfinished(stage).join(", ")}`);
}
async function letGo({ model, tenant, turns }: Stage, hands: Hands): Promise<void> {
  const ctx = hands.ctx(tenant);
  for (const endpoint of model.livingEndpoints) {
    const endpointId = endpoint.id;
    await setLane(ctx, { endpointId, action: "enable" });
    await setLane(ctx, { endpointId, action: "resume" });
    await updateEndpoint(ctx, { endpointId, fields: { mode: "push", rateLimit: null } });
    endpoint.person = null;
    endpoint.mode = "push";
    endpoint.limit = null;
    turns.delete(endpointId);
  }
}

/** What is still to be done, as texts. */
function unfinished({ look }: Stage): string[] {
  const blocked = new Set(look.deliveries.flatMap((row) => (row.blocks ? [`${row.endpoint} ${row.key}`] : [])));
  const isBlocked = (row: SeenDelivery) => row.status === "held" && blocked.has(`${row.endpoint} ${row.key}`);
  const open = look.deliveries.filter(
    ({ status }) => status === "held" || status === "scheduled" || status === "queued",
  );
  // A replay waits for all that it has sent, and the next ones of its endpoint wait for it.
  const waitedFor = new Set(open.flatMap((row) => (row.replay !== null && isBlocked(row) ? [row.endpoint] : [])));
  const running = look.replays.filter(
    ({ status, endpoint }) => (status === "waiting" || status === "running") && !waitedFor.has(endpoint),
  );
  return [
    ...open.flatMap((row) => (isBlocked(row) ? [] : [`delivery ${row.id} is ${row.status}`])),
    ...look.jobs.map(({ task, id }) => `there is a job ${task} ${id}`),
    ...running.map(({ id, status }) => `replay ${id} is ${status}`),
  ];
}
