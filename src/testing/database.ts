import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { migrate } from "#db/migrate.ts";
import { startThrowawayServer, type TestServer } from "./server.ts";

/** A database of the kit's own. */
export interface KitDatabase {
  readonly url: string;
  /** Ends its sessions and removes it, and the server where the kit has started that too. */
  drop(): Promise<void>;
}

/** What the kit's databases are called: the clock of no other one can be moved, and no other one is dropped. */
export const namePrefix = "posthorn_test_";

/** Makes a database of a new name, on the server of this URL or on one of its own, and brings its schema up to date. */
export async function createDatabase(serverUrl: string | undefined): Promise<KitDatabase> {
  const server: TestServer =
    serverUrl === undefined ? await startThrowawayServer() : { url: serverUrl, stop: async () => {} };
  const name = `${namePrefix}${randomBytes(8).toString("hex")}`;
  const drop = async (): Promise<void> => {
    await asAdmin(server.url, `drop database if exists ${name} with (force)`);
    await server.stop();
  };
  try {
    await asAdmin(server.url, `create database ${name} encoding 'UTF8' template template0`);
    const url = withName(server.url, name);
    await migrate(url);
    return { url, drop };
  } catch (error) {
    await drop().catch(() => {});
    throw error;
  }
}

function withName(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
