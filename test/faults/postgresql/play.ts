// What every scenario of this folder begins and ends with: an API, two deliverers, a load, and a caller who watches the answers.
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { ApiProcess, GatewayProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import type { Audience, Load, Stage } from "../harness/scenario.ts";
import { startWitness, type Witness } from "./witness.ts";

const deadlineMs = 60_000;
/** Few: what is shown here is not how much. */
const perSecond = 25;

export interface Play {
  readonly api: ApiProcess;
  readonly deliverers: readonly GatewayProcess[];
  readonly audience: Audience;
  readonly load: Load;
  readonly witness: Witness;
  /** Resolves when so many more are acknowledged, and arrive. */
  goesOn(events: number): Promise<void>;
  /** Resolves when the API has refused something. */
  refuses(): Promise<void>;
  /** Lets the fault last so long. Fails unless nothing was acknowledged for half of that time at a stretch. */
  standsStill(ms: number): Promise<void>;
  /** How many requests the API has turned away with such a reason, by its log. */
  turnedAway(reason: RegExp): number;
  /** Waits until everything goes on, and judges the answers. @param outage why some were turned away; none: none need have been */
  ends(outage: RegExp | "none"): Promise<void>;
}

/** The reasons that the log gives for what it turned away: an answer that did not come, and a server that is not there. */
export const reasons = {
  silence: /time(d )?-?out|deadline/i,
  broken: /terminat|ECONN|EPIPE|closed|starting up|shutting down|recovery/i,
} as const;

/** Starts all of it, and waits until it runs. @param databaseUrl how the processes reach the database, if not directly */
export async function startPlay(stage: Stage, databaseUrl?: string): Promise<Play> {
  const elsewhere = databaseUrl === undefined ? {} : { databaseUrl };
  const [api, ...deliverers] = await Promise.all([
    stage.api(elsewhere),
    stage.deliverer(elsewhere),
    stage.deliverer(elsewhere),
  ]);
  const audience = await stage.audience({ answerMs: () => 20 });
  const load = stage.load(() => api.url, { perSecond });
  const witness = await startWitness(() => api.url);
  const goesOn = async (events: number): Promise<void> => {
    const [acknowledged, arrivals] = [load.acknowledged() + events, audience.arrivals() + events];
    const isThere = (): boolean => load.acknowledged() >= acknowledged && audience.arrivals() >= arrivals;
    await until(isThere, { deadlineMs, what: `${events} more events are acknowledged and arrive` });
  };
  await goesOn(25);
  const turnedAway = (reason: RegExp): number => reasonsOf(api.log()).filter((why) => reason.test(why)).length;
  return {
    api,
    deliverers,
    audience,
    load,
    witness,
    goesOn,
    async refuses() {
      const before = witness.refusals();
      await until(() => witness.refusals() > before, { deadlineMs, what: "the API refuses" });
    },
    async standsStill(ms) {
      expect(await longestSilence(load, ms), "the longest that nothing was acknowledged, in ms").toBeGreaterThan(
        ms / 2,
      );
    },
    turnedAway,
    async ends(outage) {
      await goesOn(50);
      await witness.stop();
      const slowest = witness.verdict();
      if (outage === "none") return;
      expect(witness.refusals(), "answers that were 503").toBeGreaterThan(0);
      expect(turnedAway(outage), `requests turned away because of ${outage.source}`).toBeGreaterThan(0);
      stage.remark(`503 within ${(slowest / 1000).toFixed(1)} s`);
    },
  };
}

function reasonsOf(log: string): string[] {
  return log.split("\n").flatMap((line) => {
    const isOne = line.includes('"msg":"request turned away"');
    return isOne ? [/"reason":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? ""] : [];
  });
}

/** Waits so long; the longest of it that nothing was acknowledged. */
async function longestSilence(load: Load, ms: number): Promise<number> {
  const end = performance.now() + ms;
  let [seen, since, longestMs] = [load.acknowledged(), performance.now(), 0];
  while (performance.now() < end) {
    await delay(50);
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - since);
    if (load.acknowledged() === seen) continue;
    [seen, since] = [load.acknowledged(), nowMs];
  }
  return longestMs;
}
