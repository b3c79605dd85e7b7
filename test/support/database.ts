import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import { until } from "./until.ts";

/** A database of one test file, with the whole schema and nothing in it. */
export interface TestDatabase {
  url: string;
  /** Ends all its sessions and removes it. */
  drop(): Promise<void>;
}

/** Copies the migrated template: about 20 ms where the server runs in memory. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await until(() => copyTemplate(name), { deadlineMs: 30_000, what: `the template could be copied to ${name}` });
  return {
    url: databaseUrl(name),
    async drop() {
      await asAdmin((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** The URL of another database on the test server. */
export function databaseUrl(database: string): string {
  const url = new URL(inject("adminUrl"));
  url.pathname = `/${database}`;
  return url.href;
}

// Copies exclude each other for a moment, and autovacuum visits the template now and then.
async function copyTemplate(name: string): Promise<boolean> {
  try {
    await asAdmin((client) =>
      client.query(`create database ${name} template ${inject("templateDatabase")} strategy file_copy`),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "55006") return false;
    throw error;
  }
}

async function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: inject("adminUrl"), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
