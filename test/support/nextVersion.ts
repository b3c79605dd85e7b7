// A version of this code that does not exist yet: a copy with more migrations, to run beside this one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { fastestFolder } from "./folder.ts";

const repository = dirname(dirname(import.meta.dirname));
const journalPath = "drizzle/meta/_journal.json";
const journalSchema = z.looseObject({ entries: z.array(z.looseObject({ idx: z.number(), when: z.number() })) });

export interface NextVersion {
  /** Its `version` in package.json, which its deliverers say in the table `deliverers`. */
  readonly version: string;
  /** A file of it: `entry("node.ts")`, `entry("deliverer.ts")`. */
  entry(name: string): string;
  /** Runs its migrations as a process: the exit code, and what it said. */
  migrate(databaseUrl: string): Promise<{ readonly code: number; readonly output: string }>;
}

/** Makes one, which is removed with the calling test. `migrations`: those that it has more, each by its time in the journal. */
export function makeNextVersion(...migrations: readonly ((when: number) => string)[]): NextVersion {
  const directory = mkdtempSync(join(fastestFolder(), "posthorn-next-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const part of ["src", "drizzle", "docs", "scripts", "openapi.yaml", "package.json"])
    cpSync(join(repository, part), join(directory, part), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(directory, "node_modules"));
  const version = "99.0.0";
  const packageJson = readFileSync(join(directory, "package.json"), "utf8");
  writeFileSync(join(directory, "package.json"), packageJson.replace(/"version": "[^"]+"/, `"version": "${version}"`));
  const journal = journalSchema.parse(JSON.parse(readFileSync(join(directory, journalPath), "utf8")));
  const last = Math.max(...journal.entries.map((entry) => entry.when));
  for (const [nth, migration] of migrations.entries()) {
    const [when, tag] = [last + 60_000 * (nth + 1), `${9000 + nth}_next`];
    journal.entries.push({ idx: 9000 + nth, version: "7", when, tag, breakpoints: true });
    writeFileSync(join(directory, `drizzle/${tag}.sql`), migration(when));
  }
  writeFileSync(join(directory, journalPath), JSON.stringify(journal));
  return {
    version,
    entry: (name) => join(directory, "src", name),
    migrate: (databaseUrl) => runMigration(join(directory, "src/migrate.ts"), databaseUrl),
  };
}

/** Runs a version's migration as a process of its own, as `npm run migrate` does. */
export async function runMigration(entry: string, databaseUrl: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env["PATH"], DATABASE_URL: databaseUrl },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code: Number(code), output: out + err };
}
