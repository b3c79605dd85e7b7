import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Store } from "#db/store.ts";
import { EXIT_CONFIG, refuse } from "./processes.ts";
import { checkSchemaVersion } from "./schemaVersion.ts";

const askEveryMs = 500;
const lookEveryMs = 5_000;

/** Waits for a database that is away; ends the process with a sentence when it may not run on the schema. */
export async function awaitSchema(store: Store, log: Logger, stopping: () => boolean): Promise<void> {
  let said = false;
  while (!stopping()) {
    const verdict = await checkSchemaVersion(store);
    if (verdict.state === "fits") return;
    if (verdict.state !== "unknown") refuse(verdict.sentence, EXIT_CONFIG);
    if (!said) log.warn({ err: verdict.cause }, "waiting for the database");
    said = true;
    await sleep(askEveryMs);
  }
}

/**
 * Looks on while the process runs, and returns the sentence when a migration has left this version behind: going on, it would write into tables that
 * it does not know. Undefined once it is stopping.
 */
export async function schemaOutgrown(store: Store, stopping: () => boolean): Promise<string | undefined> {
  while (!stopping()) {
    await sleep(lookEveryMs, undefined, { ref: false });
    const verdict = await checkSchemaVersion(store);
    if (verdict.state === "unfit") return verdict.sentence;
  }
  return undefined;
}
