// Once for a run: one PostgreSQL and in it one migrated database, which every test database is copied from. Set
// TEST_DATABASE_URL (a superuser's) to run the suite on a server of your own, PostgreSQL 15 to 18.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { stopPostmaster, readPidFile, servesDirectory } from "#db/embedded/postmaster.ts";
import { throwawaySettings } from "#db/embedded/settings.ts";
import { startEmbedded } from "#db/embedded/start.ts";
import { migrate } from "#db/migrate.ts";
import { processIdentity } from "../../scripts/lock.mjs";
import { fastestFolder, memoryFolder } from "./folder.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A superuser's URL; `templateDatabase` is next to the database it names. */
    adminUrl: string;
    templateDatabase: string;
  }
}

const prefix = "posthorn-test-";

/** Vitest calls this before the first test, and what it returns after the last. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const server = await startServer();
  const templateDatabase = `posthorn_template_${process.pid}`;
  try {
    await recreate(server.url, templateDatabase);
    await migrate(withDatabase(server.url, templateDatabase));
  } catch (error) {
    await server.remove();
    throw error;
  }
  project.provide("adminUrl", server.url);
  project.provide("templateDatabase", templateDatabase);
  return async () => {
    await drop(server.url, templateDatabase);
    await server.remove();
  };
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function startServer(): Promise<{ url: string; remove: () => Promise<void> }> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given) return { url: given, remove: async () => {} };
  const directory = mkdtempSync(join(fastestFolder(), `${prefix}${process.pid}-`));
  writeFileSync(join(directory, "owner"), `${process.pid} ${processIdentity(process.pid)}`);
  const server = await startEmbedded({ directory, log: console.log, settings: throwawaySettings });
  const remove = async (): Promise<void> => {
    await server.stop({ fastMs: 2000 });
    rmSync(directory, { recursive: true, force: true });
  };
  return { url: server.url, remove };
}

// A run that was killed could not clean up after itself; the next one does.
async function removeLeftovers(): Promise<void> {
  const all = [memoryFolder, tmpdir()].filter((folder) => existsSync(folder)).flatMap(leftoversIn);
  for (const directory of all) {
    try {
      const [pid = "", identity] = readFileSync(join(directory, "owner"), "utf8").split(" ");
      if (processIdentity(Number(pid)) === identity) continue;
      const postmaster = readPidFile(join(directory, "postgres"));
      if (postmaster && servesDirectory(postmaster.pid, join(directory, "postgres")))
        await stopPostmaster(postmaster.pid, 0);
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or just being made.
    }
  }
}

function leftoversIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return names.map((name) => join(folder, name));
}

async function recreate(url: string, database: string): Promise<void> {
  await drop(url, database);
  await asAdmin(url, `create database ${database} encoding 'UTF8' template template0`);
}

async function drop(url: string, database: string): Promise<void> {
  await asAdmin(url, `drop database if exists ${database} with (force)`);
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
