import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { startApiProcess, startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { startAudience } from "./audience.ts";
import { Books, type Closing } from "./books.ts";
import { databaseRows, hasHeartbeat, openWork } from "./database.ts";
import { type RunningLoad, startLoad } from "./load.ts";
import { Processes } from "./processes.ts";
import type { Figures } from "./row.ts";
import type { Audience, Stage } from "./scenario.ts";

/** Nothing waits longer than this after a fault has ended, or after it was due. */
const stuckAtMostMs = 30_000;
/** So long the harness goes on looking, so that the row can say how long it really was. */
const lookMs = 90_000;

/** A stage, and what the harness does with it when the scenario has run. */
export interface RunningStage extends Stage {
  /** Stops the loads, waits until the work is done, and closes the books. Returns what is wrong, as sentences. */
  settle(): Promise<string[]>;
  /** After `settle`. */
  figures(): Figures | undefined;
  readonly remarks: readonly string[];
  lastWords(): string;
}

export function createStage(): RunningStage {
  const books = new Books();
  const processes = new Processes();
  const loads: RunningLoad[] = [];
  const remarks: string[] = [];
  const expectedInLogs: RegExp[] = [];
  let url: string | undefined;
  let gateway: Promise<Gateway> | undefined;
  let audience: Audience | undefined;
  let nothingTwice = false;
  let closing: Closing | undefined;

  const theGateway = (): Promise<Gateway> => (gateway ??= gatewayOfTest(url));
  const booksUrl = async (): Promise<string> => url ?? (await theGateway()).url;

  return {
    remarks,
    gateway: theGateway,
    async useDatabase(databaseUrl) {
      url = databaseUrl;
    },
    async api({ databaseUrl, ...choices } = {}) {
      return processes.watch("API", await startApiProcess(databaseUrl ?? (await booksUrl()), choices));
    },
    async deliverer({ databaseUrl, ...choices } = {}) {
      const own = await booksUrl();
      const running = processes.watch("deliverer", startDelivererProcess(databaseUrl ?? own, choices));
      const isUp = async (): Promise<boolean> => (await hasHeartbeat(own, running.pid)) || processes.dead().length > 0;
      await until(isUp, { deadlineMs: 120_000, everyMs: 50, what: "the deliverer has a heartbeat" });
      return running;
    },
    async audience(choices = {}) {
      return (audience = await startAudience(await theGateway(), books, choices));
    },
    load(api, options) {
      if (audience === undefined) throw new Error("a load needs an audience");
      const load = startLoad(api, audience, books, options);
      loads.push(load);
      return load;
    },
    acknowledged: (event) => books.acknowledge(event),
    arrived: (arrival) => books.arrive(arrival),
    mayFail: (endpointId) => books.mayFail(endpointId),
    mayLog: (message) => void expectedInLogs.push(message),
    faultBegins: () => void (books.faultBegan ??= Date.now()),
    faultEnds: () => void (books.faultEnded = Date.now()),
    expectNothingTwice: () => void (nothingTwice = true),
    remark: (text) => void remarks.push(text),
    async settle() {
      books.faultEnded ??= Date.now();
      await stopLoads(loads, books);
      await waitForTheWork(await booksUrl(), books.faultEnded);
      closing = books.close(await databaseRows(await booksUrl()));
      const fault = books.faultBegan === undefined ? undefined : { began: books.faultBegan, ended: books.faultEnded };
      const dead = processes.dead();
      const unclean = await processes.end(fault);
      return [
        ...mistakes(closing, nothingTwice),
        ...loads.flatMap((load) => load.refused.map((answer) => `a publish was refused: ${answer}`)),
        ...dead,
        ...unclean,
        ...processes.complaints(fault, expectedInLogs),
      ];
    },
    figures: () => closing && { ...closing, lost: closing.lost.length },
    lastWords: () => processes.lastWords(),
  };
}

async function gatewayOfTest(url: string | undefined): Promise<Gateway> {
  const gateway = await createGateway(url);
  onTestFinished(() => gateway.close());
  return gateway;
}

async function stopLoads(loads: readonly RunningLoad[], books: Books): Promise<void> {
  const running = loads.filter((load) => !load.isStopped());
  if (running.length > 0)
    await until(() => books.newEventCameThrough(), { deadlineMs: lookMs, what: "a new event came through" });
  await Promise.all(loads.map((load) => load.stop()));
}

/** Until nothing is left to do; or until what is left ought to have been done long ago: the books then say what. */
async function waitForTheWork(url: string, faultEnded: number): Promise<void> {
  const begun = Math.max(Date.now(), faultEnded);
  for (;;) {
    const { waiting, due_ms, to_fan_out, jobs } = await openWork(url);
    if (waiting + to_fan_out + jobs === 0 || Date.now() > Math.max(begun, due_ms) + lookMs) return;
    await delay(200);
  }
}

function mistakes(closing: Closing, nothingTwice: boolean): string[] {
  const { acknowledged, lost, twice, longestStuckMs, wrong } = closing;
  const found = [...lost.map((what) => `lost: ${what}`), ...wrong];
  if (acknowledged === 0) found.push("nothing was acknowledged: this shows nothing");
  if (longestStuckMs > stuckAtMostMs) found.push(`something was stuck for ${(longestStuckMs / 1000).toFixed(1)} s`);
  if (nothingTwice && twice > 0) found.push(`${twice} delivered twice, where nothing may be`);
  return found;
}
