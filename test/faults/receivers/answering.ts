import { expect } from "vitest";
import type { Stage } from "../harness/scenario.ts";
import { startBadReceiver } from "./badReceiver.ts";
import { answers, answersLate, OK, statusLine } from "./behaviours.ts";
import { setScene } from "./scene.ts";
import { fail } from "./troubles.ts";

const statuses = [301, 302, 303, 307, 308];

/** Every redirect that there is, to an address on loopback that the gateway may deliver to: none is followed. */
export async function redirects(stage: Stage): Promise<void> {
  const scene = await setScene(stage);
  const trap = await startBadReceiver(stage, { behaviour: OK });
  const location = `http://127.0.0.1:${trap.port}/`;
  const behaviour = answers((nth) => statusLine(statuses[nth % statuses.length] ?? 0, { location }));
  const receiver = await startBadReceiver(stage, { behaviour });
  const way = { base: `http://127.0.0.1:${receiver.port}`, heal: () => receiver.heal() };
  await fail(scene, receiver, way, {
    recorded: { failure: "httpStatus", error: /^the receiver answered 30[12378], and redirects are not followed$/ },
  });
  expect(trap.counts.connections, "connections to where the redirects lead").toBe(0);
  await scene.expectUnharmed("none followed");
}

const lates = 8;

/** The receiver has it, and the gateway cannot know: the one kind of receiver that must get everything twice. */
export async function late(stage: Stage): Promise<void> {
  const scene = await setScene(stage);
  const receiver = await startBadReceiver(stage, { behaviour: answersLate(lates, 6000) });
  const endpoint = await scene.endpointAt(receiver, "late", { timeoutMs: 3000, retrySchedule: [1, 1, 1] });
  stage.faultBegins();
  await scene.publish("late", lates, [endpoint]);
  await scene.all(endpoint, ["delivered"]);
  stage.faultEnds();
  const attempts = await scene.attempts(endpoint);
  const firsts = attempts.filter(({ number }) => number === 1);
  expect(firsts.map(({ failure }) => failure)).toEqual(firsts.map(() => "timeout"));
  const others = attempts.filter(({ number }) => number > 1);
  expect(others.map(({ number, outcome }) => ({ number, outcome }))).toEqual(
    firsts.map(() => ({ number: 2, outcome: "succeeded" })),
  );
  expect(firsts).toHaveLength(lates);
  await scene.expectUnharmed("each accepted twice, as at-least-once must");
}
