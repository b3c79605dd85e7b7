import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";

/** Runs one statement (or several without parameters, as one transaction) on a connection of its own. */
export async function query(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    // Without parameters it goes by the simple protocol, which takes several statements.
    const asked = values.length > 0 ? client.query<Record<string, unknown>>(text, [...values]) : client.query(text);
    return (await asked).rows;
  } finally {
    await client.end();
  }
}

/** The one number that a query gives. */
export async function queryNumber(url: string, text: string, values: readonly unknown[] = []): Promise<number> {
  const [row] = await query(url, text, values);
  return Number(Object.values(row ?? {})[0]);
}

/** Asks until the number is as wanted. Throws, with what it was last, when it is not within `withinMs`. */
export async function untilNumber(
  url: string,
  text: string,
  isAsWanted: (count: number) => boolean,
  withinMs = 300_000,
): Promise<number> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const count = await queryNumber(url, text);
    if (isAsWanted(count)) return count;
    if (performance.now() > deadline) throw new Error(`After ${withinMs / 1000} s it is still ${count}: ${text}`);
    await delay(200);
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
