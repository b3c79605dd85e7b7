import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { createTestDatabase } from "#test/database.ts";

test("each database of a test file is migrated and separate, and gone after drop", async () => {
  const databases = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
  onTestFinished(async () => {
    await Promise.all(databases.map((database) => database.drop()));
  });
  expect(new Set(databases.map(({ url }) => url)).size).toBe(3);
  for (const { url } of databases) {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query("select to_regclass('posthorn.deliveries') is not null as migrated");
    await client.end();
    expect(rows).toEqual([{ migrated: true }]);
  }
  const [first] = databases;
  await first?.drop();
  await expect(new Client({ connectionString: first?.url ?? "" }).connect()).rejects.toThrow(/does not exist/);
});
