import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { errorCode } from "#db/embedded/errors.ts";
import { StartRefused } from "./state.ts";

/** Throws unless `port` of `host` is free, or becomes so within `patienceMs`. */
export async function requireFreePort(host: string, port: number, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const trouble = (await tryListen(port, host)) ?? (await tryListen(port, undefined));
    if (trouble === undefined) return;
    if (trouble === "EACCES")
      throw new StartRefused(`This user may not listen on port ${port}: set PORT to one above 1023.`);
    if (performance.now() >= deadline) {
      throw new StartRefused(
        `Port ${port} is taken by another program. Set PORT to a free one, for example: PORT=8090 npm start`,
      );
    }
    await delay(50);
  }
}

/** The port where the deliverer shows its metrics; 0, which is nowhere, where another program has it. One that was chosen is left to it. */
export async function choosePort(host: string, port: number, chosen: boolean): Promise<number> {
  return chosen || (await tryListen(port, host)) === undefined ? port : 0;
}

// The host's address and all of them: where a listener on one does not stop a listener on the other, clients would get
// the wrong one.
function tryListen(port: number, host: string | undefined): Promise<"EADDRINUSE" | "EACCES" | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      const code = errorCode(error);
      resolve(code === "EADDRINUSE" || code === "EACCES" ? code : undefined);
    });
    server.listen({ port, exclusive: true, ...(host === undefined ? {} : { host }) }, () => {
      server.close(() => resolve(undefined));
    });
  });
}
