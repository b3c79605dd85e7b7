import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Store } from "#db/store.ts";
import { EXIT_CONFIG, refuse } from "./processes.ts";
import { checkSchemaVersion } from "./schemaVersion.ts";

const askEveryMs = 500;

/** Waits for a database that is away; ends the process with a sentence when its schema is older or newer than this version knows. */
export async function awaitSchema(store: Store, log: Logger, stopping: () => boolean): Promise<void> {
  let said = false;
  while (!stopping()) {
    const verdict = await checkSchemaVersion(store);
    if (verdict.state === "fits") return;
    if (verdict.state === "wrong") refuse(verdict.sentence, EXIT_CONFIG);
    if (!said) log.warn({ err: verdict.cause }, "waiting for the database");
    said = true;
    await sleep(askEveryMs);
  }
}
