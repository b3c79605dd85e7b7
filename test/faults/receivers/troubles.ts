import { expect } from "vitest";
import type { AttemptRow } from "#test/gateway.ts";
import { laneOf } from "#test/lanes.ts";
import { until } from "#test/until.ts";
import type { Scenario, Stage } from "../harness/scenario.ts";
import { type BadReceiver, type Certificate, startBadReceiver } from "./badReceiver.ts";
import { gathered, type Behaviour } from "./behaviours.ts";
import { manyEndpoints } from "./manyEndpoints.ts";
import { deadlineMs, setScene, type Scene, type SceneChoices } from "./scene.ts";

export interface Trouble extends SceneChoices {
  readonly name: string;
  readonly fast?: true;
  readonly behaviour: Behaviour;
  /** What every attempt at it is recorded with: its failure, and more of the row where that says more. */
  readonly recorded: {
    readonly failure: string;
    readonly error?: RegExp;
    readonly http_status?: number | null;
    readonly address?: string | null;
  };
  /** What the receiver listens with, beside its behaviour. */
  readonly certificate?: Certificate;
  /** How long an attempt may take at the endpoints. */
  readonly timeoutMs?: number;
}

/** So many events meet an endpoint that has no more than one retry, and so many one that goes on until the receiver has recovered. */
const few = 3;
const many = 60;
const patient = [1, 1, 2, 2, 2, 2, 2];

/**
 * A receiver that fails every attempt, beside healthy ones under load: at one of its endpoints everything ends visibly failed; at the other the
 * lane is held as failing, most waits without a request, and everything is delivered when the receiver is well again.
 */
export function failing(trouble: Trouble): Scenario {
  const { name, fast, behaviour, certificate } = trouble;
  const run = async (stage: Stage): Promise<void> => {
    const scene = await setScene(stage, trouble);
    const receiver = await startBadReceiver(stage, {
      behaviour,
      ...(certificate === undefined ? {} : { certificate }),
    });
    const scheme = certificate === undefined ? "http" : "https";
    const way = { base: `${scheme}://127.0.0.1:${receiver.port}`, heal: () => receiver.heal() };
    await fail(scene, receiver, way, trouble);
    await scene.expectUnharmed(`${receiver.counts.mostOpen} connections to it at most`);
  };
  return { name, ...(fast === undefined ? {} : { fast }), run };
}

/** How the endpoints reach the receiver, and what makes it well again. */
export interface Way {
  /** A URL without a path. */
  readonly base: string;
  heal(): void;
}

/** The fault, its end, and what came of it. */
export async function fail(
  scene: Scene,
  receiver: BadReceiver,
  way: Way,
  { recorded, timeoutMs }: Pick<Trouble, "recorded" | "timeoutMs">,
): Promise<void> {
  const { stage, gateway } = scene;
  const timeout = timeoutMs === undefined ? {} : { timeoutMs };
  const [once, often] = [`${way.base}/once`, `${way.base}/often`];
  const givesUp = await scene.endpointAt(receiver, "once", { ...timeout, url: once, retrySchedule: [1] });
  const goesOn = await scene.endpointAt(receiver, "often", { ...timeout, url: often, retrySchedule: patient });
  stage.mayFail(givesUp.id);
  stage.faultBegins();
  await scene.publish("once", few, [givesUp]);
  await scene.publish("often", many, [goesOn]);
  await scene.all(givesUp, ["failed"]);
  const isFailing = async (): Promise<boolean> => (await laneOf(gateway, goesOn)).lane_reason === "failing";
  await until(isFailing, { deadlineMs, what: "the lane of the endpoint that goes on is held" });
  const attempts = [...(await scene.attempts(givesUp)), ...(await scene.attempts(goesOn))];
  way.heal();
  stage.faultEnds();
  expect(await scene.attempts(givesUp), "two attempts for each delivery that was given up").toHaveLength(2 * few);
  expectRecorded(attempts, recorded);
  await scene.all(goesOn, ["delivered"]);
}

function expectRecorded(attempts: readonly AttemptRow[], { failure, ...more }: Trouble["recorded"]): void {
  const other = attempts.filter(
    (a) =>
      a.failure !== failure ||
      (more.http_status !== undefined && a.http_status !== more.http_status) ||
      (more.address !== undefined && a.address !== more.address) ||
      (more.error !== undefined && !more.error.test(a.error ?? "")),
  );
  const sentences = other.map((a) => `${a.failure} ${a.http_status} ${a.address} ${a.error}`);
  expect(sentences.join("; "), `attempts recorded otherwise than as ${failure}`).toBe("");
}

export interface Oddity {
  readonly name: string;
  readonly fast?: true;
  readonly behaviour: () => Behaviour;
  /** How long an attempt may take at the endpoint, and how many events there are for it. Default 15,000 and 60. */
  readonly timeoutMs?: number;
  readonly events?: number;
  /** What each attempt has kept of the body. */
  readonly kept?: RegExp;
  /** Each attempt lasts so long at least. */
  readonly leastMs?: number;
  /** Of each body, as the mean of all. */
  readonly megabytesTakenAtMost?: number;
}

/** A receiver whose answers are odd, and are a 2xx all the same: everything is delivered once. */
export function delivering(oddity: Oddity): Scenario {
  const { name, fast, behaviour, timeoutMs = 15_000, events = many } = oddity;
  const run = async (stage: Stage): Promise<void> => {
    const scene = await setScene(stage);
    const receiver = await startBadReceiver(stage, { behaviour: behaviour() });
    const endpoint = await scene.endpointAt(receiver, "odd", { timeoutMs, retrySchedule: [1, 1, 2, 2] });
    stage.faultBegins();
    await scene.publish("odd", events, [endpoint]);
    await scene.all(endpoint, ["delivered"]);
    stage.faultEnds();
    expectOnce(await scene.attempts(endpoint), events, oddity);
    await scene.expectUnharmed(...expectTaken([receiver], oddity));
  };
  return { name, ...(fast === undefined ? {} : { fast }), run };
}

/** What a deliverer has by default: the memory it may take is for all of it. */
const slots = 300;
const defaults = { POSTHORN_CONCURRENCY: String(slots), POSTHORN_LOCAL_QUEUE: "500" };
/** An endpoint has two slots at least, whatever the others have; an origin has fewer connections than there are slots. */
const crowd = { receivers: 2, endpoints: 200, events: 2 };

/** The same from a whole crowd: every slot has a request, and all the odd answers begin at one moment. */
export function deliveringToCrowd(
  oddity: Pick<Oddity, "name" | "behaviour" | "kept" | "megabytesTakenAtMost">,
): Scenario {
  const { name, behaviour } = oddity;
  const run = async (stage: Stage): Promise<void> => {
    const scene = await setScene(stage, { env: defaults });
    const all = gathered(slots, behaviour());
    const receivers = await Promise.all(
      Array.from({ length: crowd.receivers }, () => startBadReceiver(stage, { behaviour: all.behaviour })),
    );
    const places = Array.from({ length: crowd.endpoints }, (_, i) => ({
      receiver: receivers[i % receivers.length],
      i,
    }));
    const urls = places.map(({ receiver, i }) => `http://127.0.0.1:${receiver?.port}/odd${i}`);
    const endpoints = await manyEndpoints(scene.gateway, scene.tenantId, "odd.made", urls);
    endpoints.forEach((endpoint, i) => places[i]?.receiver?.expect(`odd${i}`, endpoint));
    stage.faultBegins();
    await scene.publish("odd", crowd.events, endpoints);
    await scene.delivered(crowd.events * crowd.endpoints);
    stage.faultEnds();
    expect(all.mostAtOnce(), "requests that waited for their answers at once").toBe(slots);
    expectOnce(await scene.attempts(...endpoints), crowd.events * crowd.endpoints, oddity);
    await scene.expectUnharmed(`${all.mostAtOnce()} answers began at once`, ...expectTaken(receivers, oddity));
  };
  return { name, run };
}

function expectOnce(
  attempts: readonly AttemptRow[],
  events: number,
  { kept = /^/, leastMs = 0 }: Pick<Oddity, "kept" | "leastMs">,
): void {
  expect(attempts).toHaveLength(events);
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ outcome: "succeeded", http_status: 200, failure: null });
    expect(attempt.response_body ?? "").toMatch(kept);
    expect(attempt.duration_ms, "how long an attempt lasted, in ms").toBeGreaterThanOrEqual(leastMs);
  }
}

function expectTaken(
  receivers: readonly BadReceiver[],
  { megabytesTakenAtMost }: Pick<Oddity, "megabytesTakenAtMost">,
): string[] {
  if (megabytesTakenAtMost === undefined) return [];
  const sum = (of: "bytesTaken" | "requests"): number => receivers.reduce((total, { counts }) => total + counts[of], 0);
  const taken = sum("bytesTaken") / sum("requests") / 1e6;
  expect(taken, "MB taken of each body").toBeLessThan(megabytesTakenAtMost);
  return [`${taken.toFixed(1)} MB sent of each, buffers of the network included`];
}
