import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode } from "#db/embedded/errors.ts";

/** A start that cannot go on, for a reason that one sentence explains. */
export class StartRefused extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Makes the folder for keys, logs and data, and checks that this user may write there. */
export function openStateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    writeFileSync(join(directory, ".writable"), "");
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(errorCode(error) ?? "")) throw error;
    const owner = statSync(existsSync(directory) ? directory : dirname(directory)).uid;
    throw new StartRefused(
      `${directory} cannot be written by this user: it belongs to uid ${owner}, who probably started Posthorn here first. ` +
        `Start it as that user, or have them remove the folder, which deletes its data.`,
    );
  }
}

/** Reads a value that is kept in a file only its owner reads, or makes it. `created` says which. */
export function keepSecret(directory: string, name: string, make: () => string): { value: string; created: boolean } {
  const path = join(directory, name);
  try {
    writeFileSync(path, `${make()}\n`, { mode: 0o600, flag: "wx" });
    return { value: readFileSync(path, "utf8").trim(), created: true };
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    return { value: readSecret(path), created: false };
  }
}

/**
 * Root working in the clone of another user leaves its files to that user, so that they can start it again.
 * The data directory is skipped: it belongs to the user PostgreSQL runs as.
 */
export function leaveToCloneOwner(directory: string): void {
  const { uid, gid } = statSync(dirname(directory));
  if (process.getuid?.() !== 0 || uid === 0) return;
  chownSync(directory, uid, gid);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isFile()) chownSync(join(directory, entry.name), uid, gid);
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (errorCode(error) !== "EACCES") throw error;
    throw new StartRefused(`${path} belongs to another user (uid ${statSync(path).uid}): start Posthorn as that user.`);
  }
}
