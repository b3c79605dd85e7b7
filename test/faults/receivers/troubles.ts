import { expect } from "vitest";
import type { AttemptRow } from "#test/gateway.ts";
import { laneOf } from "#test/lanes.ts";
import { until } from "#test/until.ts";
import type { Scenario, Stage } from "../harness/scenario.ts";
import { type BadReceiver, type Certificate, startBadReceiver } from "./badReceiver.ts";
import type { Behaviour } from "./behaviours.ts";
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
  /** Of each body, as the mean of all. */
  readonly megabytesTakenAtMost?: number;
}

/** A receiver whose answers are odd, and are a 2xx all the same: everything is delivered once. */
export function delivering(oddity: Oddity): Scenario {
  const { name, fast, behaviour, timeoutMs = 15_000, events = many, kept = /^/ } = oddity;
  const run = async (stage: Stage): Promise<void> => {
    const scene = await setScene(stage);
    const receiver = await startBadReceiver(stage, { behaviour: behaviour() });
    const endpoint = await scene.endpointAt(receiver, "odd", { timeoutMs, retrySchedule: [1, 1, 2, 2] });
    stage.faultBegins();
    await scene.publish("odd", events, [endpoint]);
    await scene.all(endpoint, ["delivered"]);
    stage.faultEnds();
    const attempts = await scene.attempts(endpoint);
    expect(attempts).toHaveLength(events);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ outcome: "succeeded", http_status: 200, failure: null });
      expect(attempt.response_body ?? "").toMatch(kept);
    }
    await scene.expectUnharmed(...expectTaken(receiver, oddity));
  };
  return { name, ...(fast === undefined ? {} : { fast }), run };
}

function expectTaken({ counts }: BadReceiver, { megabytesTakenAtMost }: Oddity): string[] {
  if (megabytesTakenAtMost === undefined) return [];
  const taken = counts.bytesTaken / counts.requests / 1e6;
  expect(taken, "MB taken of each body").toBeLessThan(megabytesTakenAtMost);
  return [`${taken.toFixed(1)} MB sent of each, buffers of the network included`];
}
