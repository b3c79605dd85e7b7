import { pino, type Logger } from "pino";
import { ConfigError, loadConfig, type Config, type ProcessRole } from "#config";
import { logDestination } from "./logDestination.ts";

/** What the entries have in common: the environment, the log, the end. */

/** EX_CONFIG of sysexits.h. */
export const EXIT_CONFIG = 78;

/** The configuration, or one message and exit code 78. */
export function configOrExit(role: ProcessRole, environment: NodeJS.ProcessEnv): Config {
  try {
    return loadConfig(environment, role);
  } catch (error) {
    if (error instanceof ConfigError) refuse(error.message, EXIT_CONFIG);
    throw error;
  }
}

/** Ends the process with a sentence and without a stack trace. */
export function refuse(sentence: string, exitCode: number): never {
  process.stderr.write(`posthorn: ${sentence}\n`);
  process.exit(exitCode);
}

/** JSON lines on standard error. */
export function createLog(config: Pick<Config, "logLevel">): Logger {
  const options = { level: config.logLevel, base: { pid: process.pid }, serializers: { err: describeError } };
  return pino(options, logDestination());
}

/**
 * Of an error only what cannot hold a caller's data: PostgreSQL's `detail` and `where` quote whole rows.
 * @param depth how many causes were shown already
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause === undefined || depth >= 3 ? {} : { cause: describeError(error.cause, depth + 1) };
  return { type: error.name, message: error.message, ...code, stack: error.stack, ...cause };
}

/** Exit comes at the latest so long after the signal, whatever hangs. */
const LAST_RESORT_MS = 29_500;

/**
 * Calls `stop` at the first SIGTERM, SIGINT or SIGHUP, or when the launching process is gone (its channel closes), and then exits 0.
 * Further signals change nothing: one Ctrl-C may arrive several times.
 * @returns ends the process in the same way for a reason of its own, with that exit code
 */
export function onShutdown(
  log: Logger,
  stop: (reason: string) => Promise<void>,
): (reason: string, exitCode: number) => Promise<void> {
  let stopping = false;
  const end = async (reason: string, exitCode = 0): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, "stopping");
    setTimeout(() => {
      log.error("something hangs: exiting without waiting for it");
      process.exit(1);
    }, LAST_RESORT_MS).unref();
    try {
      await stop(reason);
      process.exit(exitCode);
    } catch (err) {
      log.error({ err }, "stopping failed");
      process.exit(1);
    }
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end(signal));
  process.on("disconnect", () => void end("the launching process is gone"));
  // Nothing of ours leaves a rejection unheard: the state of the process is unknown then, and whoever runs it starts another. While it
  // stops, graphile-worker leaves one when the database is away; what it could not write is unlocked later, as a dead process's is.
  process.on("unhandledRejection", (err) => {
    log.error({ err }, "a rejection was not handled");
    if (!stopping) process.exit(1);
  });
  // The reader of our log may be gone before us: writing to it must not end the shutdown.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return end;
}
