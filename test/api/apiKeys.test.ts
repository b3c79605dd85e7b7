import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveKeys } from "#services/derivedKeys.ts";
import { createKeyHasher } from "#services/keyHasher.ts";
import { operatorKey, startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
let nowMs = Date.now();
beforeAll(async () => {
  app = await startApi({}, { clock: () => nowMs });
});
afterAll(() => app.close());

const ringKey = (kid: string, byte: number) => ({ kid, key: new Uint8Array(32).fill(byte) });
const create = (body: Json) => app.call("POST", "/v1/api-keys", { body });

describe("an API key", () => {
  test("shows its token once, and works", async () => {
    const { status, body } = await create({ name: "billing", role: "operator" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: "billing",
      role: "operator",
      tenantId: null,
      createdBy: "operator",
      revokedAt: null,
    });
    expect(body.token).toMatch(/^key_[0-9a-z]{26}\.[A-Za-z0-9_-]{43}$/);
    expect(body.token.startsWith(`${body.id}.`)).toBe(true);
    const list = await app.call("GET", "/v1/api-keys", { key: body.token });
    expect(list.status).toBe(200);
    expect(list.text).not.toContain(body.token.slice(31));
    expect(list.body.data.find((found: Json) => found.id === body.id)).not.toHaveProperty("token");
  });

  test("is stored as a keyed hash", async () => {
    const { body } = await create({ name: "hashed", role: "support" });
    const client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    const { rows } = await client.query("select key_hash, kid from posthorn.api_keys where name = 'hashed'");
    await client.end();
    expect(rows[0].kid).toBe("test");
    expect(Buffer.from(rows[0].key_hash)).toHaveLength(32);
    expect(JSON.stringify(rows)).not.toContain(body.token.slice(31));
  });

  test("works no more once it is revoked, at once, and revoking twice is revoking once", async () => {
    const { body } = await create({ name: "short", role: "support" });
    const use = () => app.call("GET", "/v1/tenants", { key: body.token });
    expect((await use()).status).toBe(200);
    for (let i = 0; i < 2; i++) expect((await app.call("DELETE", `/v1/api-keys/${body.id}`)).status).toBe(204);
    const refused = await use();
    expect(refused.body).toMatchObject({ status: 401, code: "unauthorized", detail: "The API key was revoked." });
    expect(refused.headers.get("www-authenticate")).toBe('Bearer realm="posthorn", error="invalid_token"');
    const list = await app.call("GET", "/v1/api-keys?limit=100");
    expect(list.body.data.find((found: Json) => found.id === body.id).revokedAt).toMatch(/Z$/);
  });

  test("works no more once its time is over", async () => {
    const expiresAt = new Date(nowMs + 60_000).toISOString();
    const { body } = await create({ name: "timed", role: "support", expiresAt });
    const use = async () => (await app.call("GET", "/v1/tenants", { key: body.token })).status;
    expect(await use()).toBe(200);
    nowMs += 60_001;
    expect(await use()).toBe(401);
  });

  test("with another secret part is unknown, like one with another id", async () => {
    const { body } = await create({ name: "near", role: "support" });
    const [id, secret] = body.token.split(".");
    const wrong = `${id}.${secret.slice(0, -1)}${secret.endsWith("A") ? "E" : "A"}`;
    const other = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}.${secret}`;
    for (const key of [wrong, other, id, `${body.token}x`, "key_", `${operatorKey}x`, operatorKey.slice(0, -1)]) {
      const { body: problem } = await app.call("GET", "/v1/tenants", { key });
      expect(problem).toMatchObject({ status: 401, detail: "The credentials are not valid." });
    }
  });

  test.each([
    [{ role: "operator" }, "/name"],
    [{ name: "", role: "operator" }, "/name"],
    [{ name: "x", role: "admin" }, "/role"],
    [{ name: "x", role: "tenant" }, "/tenantId"],
    [{ name: "x", role: "support", tenantId: "acme" }, "/tenantId"],
    [{ name: "x", role: "operator", tenantId: "acme" }, "/tenantId"],
    [{ name: "x", role: "tenant", tenantId: "no-such-tenant" }, "/tenantId"],
    [{ name: "x", role: "publisher", tenantId: "no-such-tenant" }, "/tenantId"],
    [{ name: "x", role: "support", expiresAt: "2001-01-01T00:00:00Z" }, "/expiresAt"],
    [{ name: "x", role: "support", expiresAt: "tomorrow" }, "/expiresAt"],
  ])("is not made from %o", async (body, pointer) => {
    expect((await create(body)).body).toMatchObject({ status: 422, code: "invalidRequest", errors: [{ pointer }] });
  });

  test("of a tenant tells the tenant of its making and its end", async () => {
    const tenant = await app.tenant();
    const url = "https://hooks.example.com/a";
    await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body: { url, eventTypes: ["API.Key.*"] } });
    const { body } = await create({ name: "theirs", role: "tenant", tenantId: tenant });
    await app.call("DELETE", `/v1/api-keys/${body.id}`);
    await app.call("DELETE", `/v1/api-keys/${body.id}`);
    const events = await app.call("GET", `/v1/tenants/${tenant}/events`);
    expect(events.body.data.map((event: Json) => event.type)).toEqual(["API.Key.Revoked", "API.Key.Created"]);
    const one = await app.call("GET", `/v1/tenants/${tenant}/events/${events.body.data[1].id}`);
    expect(one.body.data).toMatchObject({
      ApiKeyId: body.id,
      KeyName: "theirs",
      AccountId: tenant,
      Permissions: ["tenant"],
    });
    expect(one.text).not.toContain(body.token);
  });
});

describe("keys of a ring that was rotated", () => {
  test("work while their key is in the ring", async () => {
    const before = createKeyHasher(await deriveKeys([ringKey("a", 1)], "apiKey"));
    const after = createKeyHasher(await deriveKeys([ringKey("b", 2), ringKey("a", 1)], "apiKey"));
    const without = createKeyHasher(await deriveKeys([ringKey("b", 2)], "apiKey"));
    const { kid, hash } = await before.hash("token");
    expect(await after.matches("token", kid, hash)).toBe(true);
    expect(await after.matches("other", kid, hash)).toBe(false);
    expect(await without.matches("token", kid, hash)).toBe(false);
    expect((await after.hash("token")).kid).toBe("b");
  });
});
