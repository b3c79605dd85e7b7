// What every scenario of this folder begins and ends with: an API, two deliverers, a load, and a caller who watches the answers.
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
  /** Waits until everything goes on, and judges the answers. @param outage the database was away, so some were refused */
  ends(outage: "outage" | "none"): Promise<void>;
}

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
    async ends(outage) {
      await goesOn(50);
      await witness.stop();
      const slowest = witness.verdict();
      if (outage === "none") return;
      expect(witness.refusals()).toBeGreaterThan(0);
      stage.remark(`503 within ${(slowest / 1000).toFixed(1)} s`);
    },
  };
}
