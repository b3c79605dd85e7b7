/** The wish to stop, from a signal or because the launching process is gone. */
export interface ShutdownSignal {
  /** Aborted by the first signal. */
  stopping: AbortSignal;
  /** Resolves at the second. */
  hurry: Promise<void>;
  /** Starts stopping without a signal. */
  request(): void;
}

// One Ctrl-C arrives up to three times: from the terminal, from npm, and from the launcher that npm runs.
const sameSignalMs = 500;

/** Listens for SIGINT, SIGTERM, SIGHUP, and for the end of the launcher. */
export function listenForShutdown(log: (line: string) => void): ShutdownSignal {
  const stopping = new AbortController();
  const hurry = Promise.withResolvers<void>();
  let firstAt = 0;
  const request = (): void => {
    if (!stopping.signal.aborted) {
      firstAt = performance.now();
      log("Stopping; a second Ctrl-C hurries it");
      stopping.abort();
    } else if (performance.now() - firstAt > sameSignalMs) {
      hurry.resolve();
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, request);
  process.on("disconnect", request);
  // The terminal may be gone before we are: writing to it must not end the shutdown.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return { stopping: stopping.signal, hurry: hurry.promise, request };
}
