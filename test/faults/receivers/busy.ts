// Receivers that ask to be left alone: for a while, for a year, or for good.
import { expect } from "vitest";
import { encodeId } from "#domain/ids.ts";
import type { AttemptRow } from "#test/gateway.ts";
import { laneOf } from "#test/lanes.ts";
import { until } from "#test/until.ts";
import type { Scenario, Stage } from "../harness/scenario.ts";
import { startBadReceiver } from "./badReceiver.ts";
import { answers, statusLine } from "./behaviours.ts";
import { deadlineMs, setScene } from "./scene.ts";

const hourMs = 3_600_000;
const events = 20;

export interface Asking {
  readonly name: string;
  readonly fast?: true;
  /** The header at the time of the answer. */
  readonly retryAfter: (nowMs: number) => string;
  /** From the answer to the next request of any event: so long at least. */
  readonly leastMs: number;
}

/** The endpoint's own schedule, whatever a receiver asks for: no retry is earlier … */
const retrySchedule = [1, 1, 1];
const scheduledMs = 1_000;
/** … and none much later than what it waits for: a second in five by chance, the rest for a machine with other things to do. */
const mostMs = 15_000;

/** One 429 with a Retry-After, and then 200: nothing goes out before it is over, and everything soon after. */
export function asking({ name, fast, retryAfter, leastMs }: Asking): Scenario {
  const run = async (stage: Stage): Promise<void> => {
    const scene = await setScene(stage);
    const busy = answers(() => statusLine(429, { "retry-after": retryAfter(Date.now()) }));
    const receiver = await startBadReceiver(stage, { behaviour: busy });
    const endpoint = await scene.endpointAt(receiver, "busy", { retrySchedule });
    stage.faultBegins();
    await scene.publish("busy", 1, [endpoint]);
    await until(async () => (await scene.attempts(endpoint)).length > 0, { deadlineMs, what: "it has answered 429" });
    receiver.heal();
    stage.faultEnds();
    await scene.publish("busy", events, [endpoint]);
    await scene.all(endpoint, ["delivered"]);
    const [first, ...others] = await scene.attempts(endpoint);
    expect(first).toMatchObject({ number: 1, failure: "httpStatus", http_status: 429 });
    expect(others.map(({ outcome }) => outcome)).toEqual(Array.from({ length: events + 1 }, () => "succeeded"));
    const answeredAt = (first?.started_at.getTime() ?? 0) + (first?.duration_ms ?? 0);
    const sinceAnswer = (attempts: readonly AttemptRow[]): number =>
      Math.min(...attempts.map(({ started_at }) => started_at.getTime())) - answeredAt;
    const nextMs = sinceAnswer(others);
    const retryMs = sinceAnswer(others.filter(({ number }) => number === 2));
    // An attempt's start is kept to the millisecond, and rounded.
    expect(nextMs, "from the answer to the next request, in ms").toBeGreaterThanOrEqual(leastMs - 5);
    expect(retryMs, "from the answer to the retry, in ms").toBeGreaterThanOrEqual(Math.max(leastMs, scheduledMs) - 5);
    expect(retryMs, "from the answer to the retry, in ms").toBeLessThan(mostMs);
    const [next, retry] = [nextMs, retryMs].map((ms) => (ms / 1000).toFixed(1));
    await scene.expectUnharmed(`the next request ${next} s after the 429, the retry ${retry} s`);
  };
  return { name, ...(fast === undefined ? {} : { fast }), run };
}

/** A 429 for a year: an hour at most, and a person can have it tried at once. */
export async function yearlong(stage: Stage): Promise<void> {
  const scene = await setScene(stage);
  const busy = answers(statusLine(429, { "retry-after": String(365 * 86_400) }));
  const receiver = await startBadReceiver(stage, { behaviour: busy });
  const endpoint = await scene.endpointAt(receiver, "busy", { retrySchedule });
  stage.faultBegins();
  const [eventId = ""] = await scene.publish("busy", 1, [endpoint]);
  await until(async () => (await scene.attempts(endpoint)).length > 0, { deadlineMs, what: "it has answered 429" });
  const [first] = await scene.attempts(endpoint);
  const [delivery] = await scene.gateway.deliveries(eventId);
  const answeredAt = (first?.started_at.getTime() ?? 0) + (first?.duration_ms ?? 0);
  const waitMs = (delivery?.due_at.getTime() ?? 0) - answeredAt;
  expect(waitMs, "until the retry, in ms").toBeGreaterThanOrEqual(hourMs);
  expect(waitMs, "until the retry, in ms").toBeLessThan(hourMs + 15_000);
  await scene.publish("busy", events, [endpoint]);
  const lane = await laneOf(scene.gateway, endpoint);
  expect(lane).toMatchObject({ lane: "held", lane_reason: "throttled" });
  expect(receiver.counts.requests, "requests while it is to be left alone").toBe(1);
  receiver.heal();
  stage.faultEnds();
  await scene.post(`deliveries/${encodeId("delivery", delivery?.id ?? "")}/redeliver`);
  await scene.post(`endpoints/${endpoint.publicId}/resume`);
  await scene.all(endpoint, ["delivered"]);
  await scene.expectUnharmed(`the retry was ${Math.round(waitMs / 60_000)} min ahead; a person resumed`);
}

/** 410: disabled at once, and everything is kept until a person enables it and replays what failed and what was missed. */
export async function gone(stage: Stage): Promise<void> {
  const scene = await setScene(stage);
  const receiver = await startBadReceiver(stage, { behaviour: answers(statusLine(410)) });
  const endpoint = await scene.endpointAt(receiver, "gone");
  const since = new Date(Date.now() - 60_000).toISOString();
  stage.faultBegins();
  await scene.publish("gone", 3 * events, [endpoint]);
  const isDisabled = async (): Promise<boolean> => (await laneOf(scene.gateway, endpoint)).lane_reason === "disabled";
  await until(isDisabled, { deadlineMs, what: "the endpoint is disabled" });
  await scene.all(endpoint, ["failed", "held"]);
  const missed = await scene.publish("gone", events, [endpoint]);
  expect(await laneOf(scene.gateway, endpoint)).toMatchObject({ lane: "held", lane_detail: "gone" });
  for (const attempt of await scene.attempts(endpoint))
    expect(attempt).toMatchObject({ number: 1, failure: "httpStatus", http_status: 410 });
  const refused = receiver.counts.requests;
  expect(refused, "requests that were answered 410").toBeGreaterThan(0);
  receiver.heal();
  stage.faultEnds();
  await scene.post(`endpoints/${endpoint.publicId}/enable`);
  await scene.post("replays", { endpointId: endpoint.publicId, since, statuses: ["failed", "missed"] });
  await scene.delivered(3 * events + missed.length);
  await scene.expectUnharmed(`${refused} answered 410, ${missed.length} missed while disabled; enabled and replayed`);
}
