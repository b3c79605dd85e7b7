import type { GatewayProcess } from "#test/processes.ts";

/** How long after its end a fault may still be heard of in the logs: statements and requests that hang then have deadlines of their own. */
const echoMs = 10_000;
/** A process is given so long to end after SIGTERM: its own last resort comes after 29.5 s. */
const endMs = 35_000;

/** The processes of a scenario: which of them ended though nobody ended them, and what they complained of. */
export class Processes {
  readonly #all: Watched[] = [];

  /** The same process, watched. */
  watch<P extends GatewayProcess>(name: string, running: P): P {
    const watched: Watched = { name: `${name} ${running.pid}`, running, endedBy: undefined, told: undefined };
    void running.ended.then((how) => (watched.endedBy = how));
    this.#all.push(watched);
    return {
      ...running,
      kill(signal: Parameters<P["kill"]>[0]) {
        if (signal === "SIGKILL" || signal === "SIGTERM") watched.told = { signal, at: Date.now() };
        running.kill(signal);
      },
    };
  }

  /** Those that ended by themselves, as sentences. */
  dead(): string[] {
    return this.#all
      .filter(({ told, endedBy }) => told === undefined && endedBy !== undefined)
      .map(({ name, endedBy, running }) => `${name} ended by itself (${endedBy}): ${running.log().slice(-600)}`);
  }

  /**
   * Ends those that live, as whoever runs them would. Returns what did not end with 0 at SIGTERM, as sentences; while the database was away
   * it may have been 1, where graphile-worker could not give its jobs back: others unlock them.
   */
  async end(fault: Fault | undefined): Promise<string[]> {
    for (const watched of this.#all.filter(({ endedBy }) => endedBy === undefined)) {
      watched.told ??= { signal: "SIGTERM", at: Date.now() };
      watched.running.kill("SIGCONT");
      watched.running.kill(watched.told.signal);
    }
    const ended = await Promise.all(this.#all.map(async (one) => ({ ...one, code: await within(one.running.ended) })));
    return ended
      .filter(({ told, code }) => told?.signal === "SIGTERM" && code !== 0 && !(code === 1 && isWithin(told.at, fault)))
      .map(({ name, code }) => `${name} ended with ${code} at SIGTERM`);
  }

  /** Lines at level error of no fault, and any at level fatal. `fault`: from when to when such lines are expected. */
  complaints(fault: Fault | undefined, expected: readonly RegExp[]): string[] {
    return this.#all.flatMap(({ name, running }) =>
      running
        .log()
        .split("\n")
        .filter((line) => /"level":[56]0/.test(line) && !isOfFault(line, fault) && !expected.some((e) => e.test(line)))
        .map((line) => `${name} logged: ${line.slice(0, 500)}`),
    );
  }

  /** The last lines of every log, for whoever looks why a row is red. */
  lastWords(): string {
    return this.#all.map(({ name, running }) => `— ${name}\n${running.log().slice(-1500)}`).join("\n");
  }
}

interface Watched {
  readonly name: string;
  readonly running: GatewayProcess;
  endedBy: number | string | undefined;
  /** What ended it on purpose. */
  told: { readonly signal: "SIGKILL" | "SIGTERM"; readonly at: number } | undefined;
}

/** From when to when, milliseconds since 1970. */
interface Fault {
  readonly began: number;
  readonly ended: number;
}

function isWithin(at: number, fault: Fault | undefined): boolean {
  return fault !== undefined && at >= fault.began && at <= fault.ended;
}

function isOfFault(line: string, fault: Fault | undefined): boolean {
  const time = Number(/"time":(\d+)/.exec(line)?.[1]);
  return !line.includes('"level":60') && isWithin(time, fault && { ...fault, ended: fault.ended + echoMs });
}

function within(ended: Promise<number | string>): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("nothing within 35 s"), endMs);
  return Promise.race([ended.finally(() => clearTimeout(timer)), promise]);
}
