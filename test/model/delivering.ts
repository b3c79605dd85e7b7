import * as sql from "#db/sql/delivery.ts";
import type { Statement } from "#db/store.ts";
import type { SeenJob } from "./look.ts";
import { Broken, type ActingDeliverer, type Plan, type Stage } from "./stage.ts";
import type { Hands } from "./world.ts";

// What a deliverer does, one statement at a time: src/delivery/deliver.ts and fanOut.ts are the originals.

/** How a job goes, decided beforehand. */
interface Course {
  readonly job: SeenJob;
  /** Its endpoint has no slot free. */
  readonly isFull: boolean;
  /** The deliverer dies before it has said that the job is done. */
  readonly isCutOff: boolean;
  readonly page: number;
}

/** A deliverer takes jobs, and sends what they wake it for. */
export const take: Plan = (stage) => {
  const { chances, deliverers, look } = stage;
  const deliverer = chances.pick(deliverers);
  const free = look.jobs.filter((job) => job.locked_by === null);
  if (deliverer === undefined || free.length === 0) return null;
  const courses = chances.some(free, 1 + chances.below(6)).map((job) => ({
    job,
    isFull: chances.chance(0.08),
    isCutOff: chances.chance(0.03),
    page: 1 + chances.below(3),
  }));
  return {
    what: `${deliverer.id} takes ${courses.map(({ job, isFull, isCutOff }) => `${job.task} ${job.id}${isFull ? " (full)" : ""}${isCutOff ? " (cut off)" : ""}`).join(", ")}`,
    isMuch: courses.length > 1,
    run: (hands) => work(stage, hands, deliverer, courses),
  };
};

/** With courses for all that is to be done, and nothing in the way. */
export async function takeAll(stage: Stage, hands: Hands): Promise<void> {
  const [deliverer] = stage.deliverers;
  const free = stage.look.jobs.filter((job) => job.locked_by === null);
  if (deliverer === undefined || free.length === 0) return;
  const courses = free.map((job) => ({ job, isFull: false, isCutOff: false, page: 100 }));
  await work(stage, hands, deliverer, courses);
}

async function work(stage: Stage, hands: Hands, deliverer: ActingDeliverer, courses: readonly Course[]): Promise<void> {
  const taken = await hands.store.run<{ id: string }>(lockJobs, [deliverer.id, courses.map(({ job }) => job.job)]);
  const mine = new Set(taken.map(({ id }) => id));
  const own = courses.filter(({ job }) => mine.has(job.job));
  const ids = own.flatMap(({ job }) => (job.task === "deliver" ? [job.id] : []));
  const loaded = ids.length === 0 ? [] : await hands.store.run<sql.LoadedDelivery>(sql.loadDeliveries, [ids]);
  const rows = new Map(loaded.map((row) => [row.id, row]));
  for (const course of own) {
    const isFlying =
      course.job.task === "deliver"
        ? await deliver(stage, hands, deliverer, course, rows.get(course.job.id))
        : await carryOut(stage, hands, course);
    if (isFlying) continue;
    if (course.isCutOff) stage.stale.add(course.job.id);
    else await hands.store.run(completeJobs, [[course.job.job]]);
  }
}

/** Whether a request is under way. */
async function deliver(
  stage: Stage,
  hands: Hands,
  deliverer: ActingDeliverer,
  course: Course,
  row: sql.LoadedDelivery | undefined,
): Promise<boolean> {
  if (row === undefined) throw new Broken("An event is kept while a delivery of it is");
  if (row.status !== "queued") return false;
  if (row.lane !== "open" || row.revision === null) {
    await hands.store.run(sql.holdDeliveries, [[row.id]]);
    const delivery = stage.model.delivery({ event: row.event_id, endpoint: row.endpoint_id });
    if (row.revision === null && delivery !== undefined) stage.model.canceled(delivery);
    return false;
  }
  if (course.isFull) {
    await hands.store.run(sql.turnAway, [[row.id], ["slow"], [0], [stage.chances.pick([2, 5]) ?? 2]]);
    return false;
  }
  const waitMs = await waitForTurn(stage, hands, row.endpoint_id);
  if (waitMs !== null) {
    await hands.store.run(sql.turnAway, [[row.id], ["throttled"], [waitMs], [10]]);
    return false;
  }
  noteSent(stage, row.id);
  deliverer.flights.push({
    job: course.job.job,
    delivery: row.id,
    endpoint: row.endpoint_id,
    attempts: row.attempts,
    step: row.step,
  });
  return true;
}

/** Of an ordering key the first requests go out in order, but for those that a person has touched. */
function noteSent({ sent, touched, look, madeAtOnce }: Stage, id: string): void {
  const one = look.deliveries.find((row) => row.id === id);
  const isFirst = !sent.has(id);
  sent.add(id);
  if (!isFirst || one === undefined || one.key === null || one.at === null || touched.has(id)) return;
  for (const other of look.deliveries) {
    if (other.endpoint !== one.endpoint || other.key !== one.key || other.at === null || other.id === id) continue;
    // Of two that were accepted at the very same moment, by two publishers, either goes first.
    if (other.at === one.at && madeAtOnce.has(other.event) && madeAtOnce.has(one.event)) continue;
    const isLater = other.at > one.at || (other.at === one.at && other.event > one.event);
    if (isLater && sent.has(other.id))
      throw new Broken(`The first requests of an ordering key go out in order: ${id} is behind ${other.id}`);
  }
}

async function waitForTurn({ model, turns, look }: Stage, hands: Hands, endpoint: string): Promise<number | null> {
  const { limit } = model.endpoint(endpoint);
  if (limit === null) return null;
  const [row] = await hands.store.run<sql.TurnsRow>(sql.takeTurns, [[endpoint], [1], 250]);
  const [delay] = row?.delays_ms ?? [];
  if (delay === undefined) return row?.wait_ms ?? 0;
  const given = [...(turns.get(endpoint) ?? []), look.nowMs + delay].toSorted((a, b) => a - b);
  turns.set(endpoint, given);
  const tooSoon = given.some((at, i) => at - (given[i - limit.max] ?? -Infinity) < limit.windowSeconds * 1_000);
  if (tooSoon)
    throw new Broken(
      `A rate limit holds for every window: ${endpoint} ${JSON.stringify(limit)} at ${given.join(", ")}`,
    );
  return null;
}

/** A job that is not a delivery's; never leaves anything under way. */
async function carryOut(stage: Stage, hands: Hands, { job, page, isCutOff }: Course): Promise<false> {
  if (job.task === "release") await release(stage, hands, job.id);
  else if (job.task === "fan_out") await fanOut(stage, hands, job.id, page, isCutOff);
  else throw new Error(`the model knows no task ${job.task}`);
  return false;
}

async function release({ model, look }: Stage, hands: Hands, endpoint: string): Promise<void> {
  await hands.store.run(sql.admit, [[endpoint], 500, 100]);
  await hands.store.run(sql.releaseLane, [endpoint, 500]);
  if (!model.endpoint(endpoint).deleted) return;
  for (const row of look.deliveries) {
    const delivery = row.endpoint === endpoint && row.status === "held" ? model.delivery(row) : undefined;
    if (delivery !== undefined) model.canceled(delivery);
  }
}

async function fanOut(stage: Stage, hands: Hands, id: string, page: number, isOnePage: boolean): Promise<void> {
  const event = stage.model.events.get(id);
  if (event === undefined) throw new Error(`the model knows no event ${id}`);
  for (;;) {
    const [row] = await hands.store.run<sql.LoadedFanOut>(sql.loadFanOut, [[id], page]);
    if (row === undefined) return;
    const chosen = new Map((row.candidates ?? []).map((one) => [one.endpoint, one]));
    const targets = [...chosen.values()].map(({ endpoint, subscription, format }) => ({
      endpoint,
      subscription,
      format,
    }));
    const next = row.endpoints < page ? null : row.last_endpoint;
    const pages: sql.FanOutPage[] = [{ event: id, after: row.after, next, targets }];
    const written = await hands.store.run(sql.fanOut, [JSON.stringify(pages)]);
    stage.fannedOut.add(id);
    if (written.length > 0) {
      for (const { endpoint } of targets) stage.model.fanOut(event, endpoint);
      event.fannedOut = next === null;
    }
    if (next === null || isOnePage) return;
  }
}

/** A deliverer dies: others get its jobs, and its requests may still be answered, to a process that was only stalled. */
export const kill: Plan = (stage) => {
  const deliverer = stage.chances.pick(stage.deliverers.filter(({ flights }) => flights.length > 0));
  if (deliverer === undefined) return null;
  const { id, flights } = deliverer;
  return {
    what: `${id} dies with ${flights.length} in flight`,
    async run({ store }) {
      deliverer.id = `${id}'`;
      stage.ghosts.push(...flights);
      deliverer.flights = [];
      await store.run(beat, [id, "-infinity"]);
      await store.run(beat, [deliverer.id, "infinity"]);
      await store.run(sql.reap, [4_000]);
    },
  };
};

/** The reply to a fetch was lost, or a deliverer has not said that a job is done: it unlocks what it does not know of. */
export const forget: Plan = ({ chances, deliverers }) => {
  const deliverer = chances.pick(deliverers);
  if (deliverer === undefined) return null;
  return {
    what: `${deliverer.id} unlocks what it does not know of`,
    async run({ store }) {
      await store.run(sql.unlockForgotten, [deliverer.id, deliverer.flights.map(({ job }) => job), 0]);
    },
  };
};

export const beat: Statement = {
  name: "model_beat",
  text: `insert into posthorn.deliverers (id, hostname, pid, version, heartbeat_at) values ($1, 'model', 0, 'model', $2::timestamptz)
    on conflict (id) do update set heartbeat_at = excluded.heartbeat_at`,
};

const lockJobs: Statement = {
  name: "model_lock_jobs",
  text: `update graphile_worker._private_jobs set locked_by = $1, locked_at = now(), attempts = attempts + 1
    where id = any ($2::bigint[]) and locked_at is null returning id::text`,
};

export const completeJobs: Statement = {
  name: "model_complete_jobs",
  text: "delete from graphile_worker._private_jobs where id = any ($1::bigint[])",
};
