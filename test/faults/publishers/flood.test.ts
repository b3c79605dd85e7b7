import { expect } from "vitest";
import { operatorKey, type ApiProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { loadType } from "../harness/audience.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Audience, Scenario, Stage } from "../harness/scenario.ts";
import { flood, percentileMs } from "./flood.ts";
import type { FloodOptions, FloodResult } from "./floodMessages.ts";
import { memoryOf, watchHealth } from "./watching.ts";

/** What the API may have in memory at most, whatever comes. */
const mostMb = 450;
/**
 * How much longer than a refusal, which is given at once, what is accepted may take: a second of waiting, the 1.9 s in which the database
 * must answer, and as much again. The refusals tell what the machine gives.
 */
const acceptedLaterMs = 6_000;
/** After the flood. */
const quickAgainMs = 30_000;
/** As many as the API may be asked to keep open beside its other work; four requests are under way on each at most. */
const connections = 2_000;
/**
 * Publishers wait for answers, so what leaves them in ten seconds is what they may have under way and what is answered meanwhile. On two cores
 * with nothing else to do 97 and 100 % left them; where other scenarios run beside it, less. Below this it is no flood.
 */
const sentAtLeast = 0.5;

const tenThousandASecond: Scenario = {
  name: "10,000 requests a second for 10 s",
  run: (stage) => beFlooded(stage),
};

const besideALock: Scenario = {
  name: "10,000 requests a second for 10 s, while a lock in PostgreSQL holds all publishing up for 3 s",
  run: (stage) =>
    beFlooded(stage, async () => {
      const gateway = await stage.gateway();
      await gateway.rows(
        "do $$ begin lock table posthorn.event_types in access exclusive mode; perform pg_sleep(3); end $$",
      );
    }),
};

async function beFlooded(stage: Stage, meanwhile: () => Promise<void> = async () => {}): Promise<void> {
  const audience = await stage.audience({ endpointsPerTenant: Array.from({ length: 10 }, () => 1) });
  const api = await stage.api();
  await stage.deliverer();
  const options = optionsFor(api, audience);
  // Connections, code that is compiled, types that are known: the process as it is when it has run for a while.
  acknowledge(stage, audience, await flood({ ...options, name: "before", perSecond: 200, seconds: 2 }));
  const before = memoryOf(api);
  // One who says it again until it is accepted comes through as well.
  const load = stage.load(() => api.url, { perSecond: 5 });
  const health = watchHealth(api);
  stage.faultBegins();
  const [result] = await Promise.all([
    flood({ ...options, connections, name: "flood", perSecond: 10_000, seconds: 10 }),
    meanwhile(),
  ]);
  stage.faultEnds();
  acknowledge(stage, audience, result);
  const quickMs = await acceptsAllAgain(stage, audience, options);
  const { slowestMs, failures } = await health.stop();
  const { peakMb } = memoryOf(api);
  tell(
    stage,
    result,
    `${quickMs} ms later all were accepted; API ${before.peakMb} MB before, ${peakMb} MB at most; /healthz within ${slowestMs} ms`,
  );
  expectFlood(result);
  expect(failures).toEqual([]);
  expect(peakMb).toBeLessThan(mostMb);
  expectGoodRefusals(result);
  const refusedMs = Math.max(...Object.values(result.refused).map((kind) => kind.slowestMs));
  expect(percentileMs(result, 0.99)).toBeLessThan(refusedMs + acceptedLaterMs);
  expect(load.acknowledged()).toBeGreaterThan(0);
}

/** How long it takes until of twenty events a second none is refused. */
async function acceptsAllAgain(stage: Stage, audience: Audience, options: Ordinary): Promise<number> {
  const begunMs = performance.now();
  let round = 0;
  const areAllAccepted = async (): Promise<boolean> => {
    const after = await flood({ ...options, name: `after-${round++}`, connections: 10, perSecond: 20, seconds: 1 });
    acknowledge(stage, audience, after);
    return after.accepted.length === after.offered;
  };
  await until(areAllAccepted, { deadlineMs: quickAgainMs, what: "nothing is refused any more" });
  return Math.round(performance.now() - begunMs);
}

type Ordinary = Omit<FloodOptions, "name" | "perSecond" | "seconds">;

function optionsFor({ port }: ApiProcess, audience: Audience): Ordinary {
  const tenants = [...audience.endpointsOf.keys()];
  return { port, key: operatorKey, tenants, type: loadType, filling: "x".repeat(300), connections: 500 };
}

function acknowledge(stage: Stage, { endpointsOf }: Audience, { accepted }: FloodResult): void {
  for (const { id, tenantId, at } of accepted) {
    const endpointIds = (endpointsOf.get(tenantId) ?? []).map((endpoint) => endpoint.id);
    stage.acknowledged({ id, tenantId, endpointIds, at });
  }
}

/** It really was one, and some of it got through. */
function expectFlood({ offered, unsent, accepted }: FloodResult): void {
  const sent = (offered - unsent) / offered;
  expect(sent, "the part that was sent: the generator could not offer it").toBeGreaterThanOrEqual(sentAtLeast);
  expect(accepted.length, "accepted of the flood itself").toBeGreaterThan(0);
}

/** Every one that is not accepted is a 429 or 503 problem that says when to come again. */
function expectGoodRefusals({ refused, faults, unanswered }: FloodResult): void {
  expect(faults).toEqual([]);
  expect(unanswered).toBe(0);
  for (const kind of Object.keys(refused)) expect(kind).toMatch(/^(429|503) (overloaded|unavailable)$/);
  expect(Object.keys(refused)).not.toEqual([]);
}

function tell(stage: Stage, result: FloodResult, more: string): void {
  const { offered, unsent, accepted, refused } = result;
  const kinds = Object.entries(refused).map(
    ([kind, { count, slowestMs }]) => `${count} × ${kind} within ${Math.round(slowestMs)} ms`,
  );
  const p99 = Math.round(percentileMs(result, 0.99));
  stage.remark(
    `${offered} due, ${offered - unsent} sent within the time; ${accepted.length} accepted, 99 % within ${p99} ms; ${kinds.join("; ")}; ${more}`,
  );
}

describeFaults("publishers", [tenThousandASecond, besideALock]);
