import { createEndpoint } from "#services/endpoints.ts";
import { prepareSecret } from "#services/endpointSecrets.ts";
import { createSubscription } from "#services/subscriptions.ts";
import { answer, haunt } from "./answering.ts";
import { ask } from "./asking.ts";
import { beat, forget, kill, take } from "./delivering.ts";
import { heal } from "./healing.ts";
import { admit, failForDays, moveClock, promote, reconcile } from "./keeping.ts";
import { look, type Look } from "./look.ts";
import { Model, type Ordering } from "./model.ts";
import * as people from "./people.ts";
import { chancesOf } from "./random.ts";
import { admitReplays, cancelReplay, Replays, startReplay } from "./replaying.ts";
import { brokenBy } from "./rules.ts";
import { Story } from "./story.ts";
import { Broken, type Plan, type Stage, type Step } from "./stage.ts";
import type { Hands, World } from "./world.ts";

const stepsOfSequence = 60;

/** What may be done next, as often as it stands here; and what may be done at the same time. */
const atOnce: readonly Plan[] = [
  ...repeated(people.publish, 5),
  ...repeated(take, 14),
  ...repeated(answer, 14),
  ...repeated(admit, 4),
  ...repeated(promote, 3),
  ...repeated(people.changeLane, 3),
  ...repeated(people.redeliver, 5),
  ...repeated(people.cancel, 3),
  ...repeated(admitReplays, 3),
  cancelReplay,
  ...repeated(haunt, 2),
  ...repeated(people.changeOrdering, 2),
];
const byItself: readonly Plan[] = [
  ...atOnce,
  ...repeated(moveClock, 6),
  ...repeated(kill, 2),
  ...repeated(haunt, 3),
  ...repeated(startReplay, 2),
  ...repeated(ask, 2),
  forget,
  reconcile,
  people.rotate,
  people.changeLimit,
  people.changeMode,
  failForDays,
];
const seldom: readonly Plan[] = [people.removeEndpoint, people.removeSubscription];

function repeated(plan: Plan, times: number): Plan[] {
  return Array.from({ length: times }, () => plan);
}

/** Runs one sequence. @throws what broke, with the seed and the last steps */
export async function runSequence(world: World, seed: number): Promise<void> {
  const story = new Story();
  try {
    const stage = await setUp(world, seed, story);
    for (let at = 0; at < stepsOfSequence; at++) await oneStep(world, stage);
    await heal(stage, world.hands[0], async (what) => {
      story.tell(what);
      await settle(world.hands[0], stage, true);
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const text = `${message}\nPOSTHORN_MODEL_SEED=${seed} does it again. ${story.endingWith(message)}`;
    throw new Error(text, { cause: error });
  }
}

async function setUp(world: World, seed: number, story: Story): Promise<Stage> {
  await world.empty(seed);
  const [hands] = world.hands;
  const chances = chancesOf(seed);
  const stage: Stage = {
    story,
    tenant: `tenant-${seed}`,
    chances,
    model: new Model(),
    deliverers: [
      { id: "deliverer-a", flights: [] },
      { id: "deliverer-b", flights: [] },
    ],
    ghosts: [],
    look: { nowMs: 0, deliveries: [], events: [], jobs: [], lanes: [], replays: [], broken: [] },
    orphans: new Set(),
    stale: new Set(),
    racing: false,
    fannedOut: new Set(),
    redelivered: new Set(),
    madeAtOnce: new Set(),
    failedForDays: new Set(),
    replays: new Replays(),
    turns: new Map(),
    sent: new Set(),
    touched: new Set(),
    health: chances.pick([0.2, 0.5, 0.8]) ?? 0.5,
    movedMs: 0,
  };
  await hands.store.run({ name: "model_tenant", text: "insert into posthorn.tenants (id) values ($1)" }, [
    stage.tenant,
  ]);
  for (const { id } of stage.deliverers) await hands.store.run(beat, [id, "infinity"]);
  // Where a subscription has a throttle the tenant's events are fanned out by jobs.
  const isThrottled = chances.chance(0.4);
  for (let n = 1 + chances.below(2); n > 0; n--) await addEndpoint(hands, stage, isThrottled);
  await settle(hands, stage);
  return stage;
}

const schedules = [[], [], [5], [1, 300], [1, 1, 1]];
const orderings: readonly Ordering[] = ["block", "block", "block", "skip", null];

async function addEndpoint(hands: Hands, { chances, model, tenant }: Stage, isThrottled: boolean): Promise<void> {
  const ctx = hands.ctx(tenant);
  const schedule = chances.pick(schedules) ?? [];
  const ordering = chances.pick(orderings) ?? null;
  const limit = chances.chance(0.2) ? { max: 2, windowSeconds: 1 } : null;
  const { endpoint } = await createEndpoint(
    ctx,
    { url: "http://127.0.0.1:1/", signature: "v1", retrySchedule: schedule, rateLimit: limit },
    (id) => prepareSecret(ctx, id, "v1", undefined),
  );
  const { id } = await createSubscription(ctx, {
    endpointId: endpoint.id,
    eventTypes: ["*"],
    throttle: isThrottled ? { max: 1_000, windowSeconds: 3_600 } : null,
    ordering: ordering === null ? null : { onFailure: ordering },
  });
  const subscription = { id, throttled: isThrottled, ordering };
  model.endpoints.set(endpoint.id, {
    id: endpoint.id,
    schedule,
    person: null,
    mode: "push",
    subscription,
    limit,
    deleted: false,
  });
}

async function oneStep(world: World, stage: Stage): Promise<void> {
  const { chances } = stage;
  stage.fannedOut.clear();
  stage.redelivered.clear();
  const isRace = chances.chance(0.2);
  const steps = isRace
    ? world.hands.map(() => choose(stage, atOnce))
    : [choose(stage, chances.chance(0.02) ? seldom : byItself)];
  const possible = steps.filter((step) => step !== null);
  stage.story.tell(possible.map(({ what }) => what).join("\n    and at the same time "));
  stage.racing = possible.length > 1;
  const endings = await Promise.allSettled(possible.map((step, i) => step.run(world.hands[i] ?? world.hands[0])));
  for (const ending of endings) if (ending.status === "rejected") throw ending.reason;
  await settle(world.hands[0], stage, stage.racing || possible.some(({ isMuch }) => isMuch));
  stage.racing = false;
}

/** The first that is possible, of a few. */
function choose(stage: Stage, plans: readonly Plan[]): Step | null {
  for (let tries = 0; tries < 5; tries++) {
    const step = stage.chances.pick(plans)?.(stage);
    if (step) return step;
  }
  return null;
}

/**
 * Looks at everything, and holds it against the sentences, the rules and the model.
 * @param wasMuch more than one thing was done since the last look
 * @throws {Broken}
 */
async function settle(hands: Hands, stage: Stage, wasMuch = false): Promise<void> {
  const inFlight = stage.deliverers.flatMap(({ flights }) => flights.map(({ delivery }) => delivery));
  const [now] = await hands.store.run<Look>(look, [inFlight, [...stage.orphans], [...stage.stale]]);
  if (now === undefined) throw new Error("a look sees something");
  const before = stage.look;
  stage.look = now;
  stage.story.saw(now);
  for (const lane of now.lanes) {
    // Five days of nothing but failures: whether they were is the database's to say.
    if (lane.detail === "failing" && stage.failedForDays.delete(lane.endpoint))
      stage.model.endpoint(lane.endpoint).person = "disabled";
  }
  const replayed = stage.replays.follow(stage, before, now);
  if (stage.racing) stage.model.adopt(now, stage.fannedOut);
  const broken = [
    ...now.broken,
    ...replayed,
    ...brokenBy(before, now, wasMuch, stage.redelivered),
    ...stage.model.differences(now),
  ];
  if (broken.length > 0) throw new Broken(broken.slice(0, 5).join("\n"));
}
