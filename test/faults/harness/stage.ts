import { onTestFinished } from "vitest";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { startApiProcess, startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { startAudience } from "./audience.ts";
import { Books, type Closing } from "./books.ts";
import { databaseRows, hasHeartbeat } from "./database.ts";
import { type RunningLoad, startLoad } from "./load.ts";
import { Processes } from "./processes.ts";
import type { Figures } from "./row.ts";
import type { Audience, Stage } from "./scenario.ts";
import { mistakes, waitForTheWork } from "./verdict.ts";

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
    mayBeGone: (acknowledged) => books.mayBeGone(acknowledged),
    mayLog: (message) => void expectedInLogs.push(message),
    faultBegins: () => void (books.faultBegan ??= Date.now()),
    faultEnds: () => void (books.faultEnded = Date.now()),
    expectNothingTwice: () => void (nothingTwice = true),
    remark: (text) => void remarks.push(text),
    async settle() {
      books.faultEnded ??= Date.now();
      await stopLoads(loads, books);
      const leftOver = await waitForTheWork(await booksUrl(), books.faultEnded, lookMs);
      closing = books.close(await databaseRows(await booksUrl()));
      const fault = books.faultBegan === undefined ? undefined : { began: books.faultBegan, ended: books.faultEnded };
      const dead = processes.dead();
      const unclean = await processes.end(fault);
      return [
        ...leftOver,
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
