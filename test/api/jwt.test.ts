import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startApi, type TestApi } from "./harness.ts";

// jose fetches the keys with the global fetch, which msw answers: nothing leaves this process.
const jwksUrl = "https://login.example.com/jwks.json";
const issuer = "https://login.example.com/";
const audience = "posthorn";
const pair = await generateKeyPair("RS256", { extractable: true });
const stranger = await generateKeyPair("RS256");
const jwk = { ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
const pss = await generateKeyPair("PS256", { extractable: true });
const pssJwk = { ...(await exportJWK(pss.publicKey)), kid: "k2", alg: "PS256", use: "sig" };
let fetched = 0;
const server = setupServer(
  http.get(jwksUrl, () => {
    fetched += 1;
    return HttpResponse.json({ keys: [jwk, pssJwk] });
  }),
);

let app: TestApi;
const settings = { POSTHORN_JWT_ISSUER: issuer, POSTHORN_JWT_AUDIENCE: audience, POSTHORN_JWT_JWKS_URL: jwksUrl };
beforeAll(async () => {
  server.listen({ onUnhandledFrame: "error" });
  app = await startApi(settings);
  await app.tenant("acme");
});
afterEach(() => server.resetHandlers());
afterAll(async () => {
  server.close();
  await app.close();
});

const good = { scope: "posthorn:operator", sub: "ann" };
function token(
  claims: JWTPayload = good,
  options: { key?: CryptoKey; expires?: string; iss?: string; aud?: string } = {},
) {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: "k1" })
    .setIssuer(options.iss ?? issuer)
    .setAudience(options.aud ?? audience)
    .setIssuedAt()
    .setExpirationTime(options.expires ?? "5m")
    .sign(options.key ?? pair.privateKey);
}
const statusOf = async (key: string, path = "/v1/tenants") => (await app.call("GET", path, { key })).status;

const base64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

describe("a JWT", () => {
  test.each(["posthorn:operator", "operator", "openid posthorn:support", "support profile"])(
    "with the scope %s is accepted",
    async (scope) => {
      expect(await statusOf(await token({ scope }))).toBe(200);
    },
  );

  test("of a tenant reaches that tenant only", async () => {
    const key = await token({ scope: "posthorn:tenant", tenantId: "acme" });
    expect(await statusOf(key, "/v1/tenants/acme/endpoints")).toBe(200);
    expect(await statusOf(key, "/v1/tenants/globex/endpoints")).toBe(404);
    expect(await statusOf(key)).toBe(403);
  });

  test("of a publisher that names a tenant publishes for this tenant alone", async () => {
    await app.call("POST", "/v1/event-types", { body: { name: "jwt.seen" } });
    const publish = async (tenantId: string, claims: JWTPayload) => {
      const body = { type: "jwt.seen", tenantId, data: 1 };
      return (await app.call("POST", "/v1/events", { body, key: await token(claims) })).body.code ?? "accepted";
    };
    const bound = { scope: "posthorn:publisher", tenantId: "acme" };
    expect(await publish("acme", bound)).toBe("accepted");
    expect(await publish("globex", bound)).toBe("tenantOutOfReach");
    expect(await publish("globex", { scope: "posthorn:publisher" })).toBe("accepted");
  });

  test("fetches the keys once for many tokens", async () => {
    await statusOf(await token());
    const before = fetched;
    for (let i = 0; i < 5; i++) await statusOf(await token({ ...good, jti: String(i) }));
    expect(fetched).toBe(before);
  });

  const now = Math.floor(Date.now() / 1000);
  const claims = { ...good, iss: issuer, aud: audience, exp: now + 300 };
  const bad: [string, () => Promise<string> | string][] = [
    ["of another issuer", () => token(good, { iss: "https://evil.example.com/" })],
    ["for another audience", () => token(good, { aud: "other" })],
    ["that has expired", () => token(good, { expires: "-1m" })],
    ["signed with another key", () => token(good, { key: stranger.privateKey })],
    ["without a scope", () => token({ sub: "ann" })],
    ["with a scope of somebody else", () => token({ scope: "openid profile" })],
    ["of a tenant without its id", () => token({ scope: "posthorn:tenant" })],
    ["of a tenant with an id that is none", () => token({ scope: "posthorn:tenant", tenantId: "a/b" })],
    ["with the algorithm none", () => `${base64({ alg: "none", kid: "k1" })}.${base64(claims)}.`],
    ["with none and a signature", () => `${base64({ alg: "none", kid: "k1" })}.${base64(claims)}.AAAA`],
    [
      "with an unknown key id",
      () =>
        new SignJWT(good)
          .setProtectedHeader({ alg: "RS256", kid: "other" })
          .setIssuer(issuer)
          .setAudience(audience)
          .setExpirationTime("5m")
          .sign(pair.privateKey),
    ],
    [
      "that does not expire",
      () =>
        new SignJWT(good)
          .setProtectedHeader({ alg: "RS256", kid: "k1" })
          .setIssuer(issuer)
          .setAudience(audience)
          .sign(pair.privateKey),
    ],
    [
      "of an algorithm that was not allowed",
      () =>
        new SignJWT(good)
          .setProtectedHeader({ alg: "PS256", kid: "k2" })
          .setIssuer(issuer)
          .setAudience(audience)
          .setExpirationTime("5m")
          .sign(pss.privateKey),
    ],
    [
      "signed with HMAC under the public key",
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify(jwk));
        return new SignJWT(good)
          .setProtectedHeader({ alg: "HS256", kid: "k1" })
          .setIssuer(issuer)
          .setAudience(audience)
          .setExpirationTime("5m")
          .sign(secret);
      },
    ],
    ["of three parts that are nothing", () => "a.b.c"],
  ];
  test.each(bad)("%s is refused", async (_, make) => {
    const { status, body } = await app.call("GET", "/v1/tenants", { key: await make() });
    expect(status).toBe(401);
    expect(body.code).toBe("unauthorized");
  });

  test("cannot be checked while the key server is away, which is not the caller's fault", async () => {
    const elsewhere = "https://down.example.com/jwks.json";
    const other = await startApi({ ...settings, POSTHORN_JWT_JWKS_URL: elsewhere });
    server.use(http.get(elsewhere, () => HttpResponse.error()));
    const down = await other.call("GET", "/v1/tenants", { key: await token() });
    expect(down).toMatchObject({ status: 503, body: { code: "keyServerUnavailable" } });
    expect(down.headers.get("retry-after")).toBe("1");
    server.use(http.get(elsewhere, () => new HttpResponse("busy", { status: 500 })));
    expect((await other.call("GET", "/v1/tenants", { key: await token() })).status).toBe(503);
    server.use(http.get(elsewhere, () => HttpResponse.json({ keys: [jwk] })));
    expect((await other.call("GET", "/v1/tenants", { key: await token() })).status).toBe(200);
    await other.close();
  });

  test("is nothing to a gateway that was told of no issuer", async () => {
    const other = await startApi();
    expect((await other.call("GET", "/v1/tenants", { key: await token() })).status).toBe(401);
    await other.close();
  });
});
