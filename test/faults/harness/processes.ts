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
    const watched: Watched = { name: `${name} ${running.pid}`, running, endedBy: undefined, killed: false };
    void running.ended.then((how) => (watched.endedBy = how));
    this.#all.push(watched);
    return {
      ...running,
      kill(signal: Parameters<P["kill"]>[0]) {
        if (signal === "SIGKILL" || signal === "SIGTERM") watched.killed = true;
        running.kill(signal);
      },
    };
  }

  /** Those that ended by themselves, as sentences. */
  dead(): string[] {
    return this.#all
      .filter(({ killed, endedBy }) => !killed && endedBy !== undefined)
      .map(({ name, endedBy, running }) => `${name} ended by itself (${endedBy}): ${running.log().slice(-600)}`);
  }

  /** Ends those that live, as whoever runs them would; what is not a clean end, as sentences. */
  async end(): Promise<string[]> {
    const living = this.#all.filter(({ endedBy }) => endedBy === undefined);
    for (const { running, killed } of living) {
      running.kill("SIGCONT");
      if (!killed) running.kill("SIGTERM");
    }
    const codes = await Promise.all(
      living.map(async ({ name, running }) => ({ name, code: await within(running.ended) })),
    );
    return codes
      .filter(({ code }) => code !== 0 && code !== "SIGKILL")
      .map(({ name, code }) => `${name} ended with ${code} at SIGTERM`);
  }

  /** Lines at level error of no fault, and any at level fatal. `fault`: from when to when such lines are expected. */
  complaints(fault: { began: number; ended: number } | undefined, expected: readonly RegExp[]): string[] {
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
  /** The scenario ended it. */
  killed: boolean;
}

function isOfFault(line: string, fault: { began: number; ended: number } | undefined): boolean {
  if (fault === undefined || line.includes('"level":60')) return false;
  const time = Number(/"time":(\d+)/.exec(line)?.[1]);
  return time >= fault.began && time <= fault.ended + echoMs;
}

function within(ended: Promise<number | string>): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("nothing within 35 s"), endMs);
  return Promise.race([ended.finally(() => clearTimeout(timer)), promise]);
}
