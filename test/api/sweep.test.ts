import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemStatus } from "#api/problem.ts";
import { startApi, type TestApi } from "./harness.ts";

/** Who may call what: written out here, so that a route that opens to somebody else does so in this test as well. */
const everybody = ["operator", "publisher", "support", "tenant"] as const;
const expected: Record<string, readonly (typeof everybody)[number][]> = {
  "POST /v1/events": ["operator", "publisher"],
  "POST /v1/events/batch": ["operator", "publisher"],
  "POST /v1/catalogs/:catalog/events": ["operator", "publisher"],
  "GET /v1/event-types": everybody,
  "POST /v1/event-types": ["operator"],
  "GET /v1/event-types/:name": everybody,
  "PATCH /v1/event-types/:name": ["operator"],
  "DELETE /v1/event-types/:name": ["operator"],
  "PUT /v1/event-types/:name/versions/:version": ["operator"],
  "DELETE /v1/event-types/:name/versions/:version": ["operator"],
  "GET /v1/event-types/:name/versions/:version/pins": ["operator", "support"],
  "GET /v1/catalogs": everybody,
  "GET /v1/catalogs/:catalog": everybody,
  "PUT /v1/catalogs/:catalog": ["operator"],
  "DELETE /v1/catalogs/:catalog": ["operator"],
  "GET /v1/tenants": ["operator", "support"],
  "PUT /v1/tenants/:tenantId": ["operator"],
  "GET /v1/tenants/:tenantId": ["operator", "support", "tenant"],
  "PATCH /v1/tenants/:tenantId": ["operator"],
  "DELETE /v1/tenants/:tenantId": ["operator"],
  "GET /v1/tenants/:tenantId/events": ["operator", "support", "tenant"],
  "GET /v1/tenants/:tenantId/events/:eventId": ["operator", "support", "tenant"],
  "GET /v1/tenants/:tenantId/endpoints": ["operator", "support", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints": ["operator", "tenant"],
  "GET /v1/tenants/:tenantId/endpoints/:endpointId": ["operator", "support", "tenant"],
  "PATCH /v1/tenants/:tenantId/endpoints/:endpointId": ["operator", "tenant"],
  "DELETE /v1/tenants/:tenantId/endpoints/:endpointId": ["operator", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints/:endpointId/enable": ["operator", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints/:endpointId/disable": ["operator", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints/:endpointId/pause": ["operator", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints/:endpointId/resume": ["operator", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints/:endpointId/test": ["operator", "tenant"],
  "GET /v1/tenants/:tenantId/endpoints/:endpointId/feed": ["operator", "tenant"],
  "GET /v1/tenants/:tenantId/endpoints/:endpointId/stats": ["operator", "support", "tenant"],
  "GET /v1/tenants/:tenantId/endpoints/:endpointId/secret": ["operator", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints/:endpointId/secret/rotate": ["operator", "tenant"],
  "GET /v1/tenants/:tenantId/endpoints/:endpointId/subscriptions": ["operator", "support", "tenant"],
  "POST /v1/tenants/:tenantId/endpoints/:endpointId/subscriptions": ["operator", "tenant"],
  "GET /v1/tenants/:tenantId/endpoints/:endpointId/subscriptions/:subscriptionId": ["operator", "support", "tenant"],
  "PATCH /v1/tenants/:tenantId/endpoints/:endpointId/subscriptions/:subscriptionId": ["operator", "tenant"],
  "DELETE /v1/tenants/:tenantId/endpoints/:endpointId/subscriptions/:subscriptionId": ["operator", "tenant"],
  "GET /v1/tenants/:tenantId/users/:userId/preferences": ["operator", "support", "tenant"],
  "PUT /v1/tenants/:tenantId/users/:userId/preferences": ["operator", "tenant"],
  "GET /v1/tenants/:tenantId/deliveries": ["operator", "support", "tenant"],
  "GET /v1/tenants/:tenantId/deliveries/:deliveryId": ["operator", "support", "tenant"],
  "GET /v1/tenants/:tenantId/deliveries/:deliveryId/attempts": ["operator", "support", "tenant"],
  "POST /v1/tenants/:tenantId/deliveries/:deliveryId/redeliver": ["operator", "support", "tenant"],
  "POST /v1/tenants/:tenantId/deliveries/:deliveryId/cancel": ["operator", "tenant"],
  "POST /v1/tenants/:tenantId/replays": ["operator", "support", "tenant"],
  "GET /v1/tenants/:tenantId/replays": ["operator", "support", "tenant"],
  "GET /v1/tenants/:tenantId/replays/:replayId": ["operator", "support", "tenant"],
  "POST /v1/tenants/:tenantId/replays/:replayId/cancel": ["operator", "support", "tenant"],
  "GET /v1/deliveries": ["operator", "support"],
  "POST /v1/expressions/try": everybody,
  "GET /v1/api-keys": ["operator", "support"],
  "POST /v1/api-keys": ["operator"],
  "DELETE /v1/api-keys/:keyId": ["operator"],
};
const open = [
  "/v1/catalogs/:catalog/schemas/:ref",
  "/catalog.schema.json",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.yaml",
  "/docs",
  "/docs/reference.js",
  "/docs/errors",
];

let app: TestApi;
const keys: Record<string, string> = {};
beforeAll(async () => {
  app = await startApi();
  await app.tenant("acme");
  await app.tenant("globex");
  for (const role of everybody) keys[role] = await app.key(role, role === "tenant" ? "acme" : undefined);
});
afterAll(() => app.close());

const ids = {
  ":tenantId": "acme",
  ":endpointId": "ep_01jb9yhq6yf8xsragz5a5qs3cy",
  ":subscriptionId": "sub_01jb9yhq6yf8xsragz5a5qs3cy",
  ":deliveryId": "dlv_01jb9yhq6yf8xsragz5a5qs3cy",
  ":eventId": "evt_01jb9yhq6yf8xsragz5a5qs3cy",
  ":userId": "user@example.com",
  ":keyId": "key_01jb9yhq6yf8xsragz5a5qs3cy",
  ":replayId": "rpl_01jb9yhq6yf8xsragz5a5qs3cy",
  ":catalog": "no-such",
  ":name": "no.such",
  ":version": "1",
};
function pathOf(route: string, tenantId = "acme"): string {
  return route.replaceAll(/:\w+/g, (name) =>
    name === ":tenantId" ? tenantId : (Object.entries(ids).find(([id]) => id === name)?.[1] ?? name),
  );
}
const blind = (text: string) => text.replace(/req_\w+/, "req_");
const routes = Object.keys(expected)
  .map((route) => route.split(" "))
  .map(([method = "", path = ""]) => ({ method, path }));

test("every route is in the list above, or open on purpose", () => {
  const mounted = app.api.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  const known = [...Object.keys(expected), ...open.map((path) => `GET ${path}`)];
  expect([...new Set(mounted)].toSorted()).toEqual(known.toSorted());
});

describe.each(routes)("$method $path", ({ method, path }) => {
  const roles = expected[`${method} ${path}`] ?? [];

  test("refuses a request without credentials, and one with wrong ones", async () => {
    for (const key of [
      null,
      "nonsense",
      "key_01jb9yhq6yf8xsragz5a5qs3cy.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ]) {
      const { headers, body } = await app.call(method, pathOf(path), { key });
      expect(body).toMatchObject({ status: 401, code: "unauthorized" });
      expect(headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
  });

  test.each(everybody)("is open to the role %s only if it is listed", async (role) => {
    // One of the routes deletes the tenant: it is left alone, as the others need its key.
    const tenantId = role === "tenant" ? "acme" : "nobody";
    const { status } = await app.call(method, pathOf(path, tenantId), { key: keys[role] ?? null });
    expect(status === 403).toBe(!roles.includes(role));
    expect(status).not.toBe(401);
  });
});

describe.each(routes.filter(({ path }) => path.includes(":tenantId")))("$method $path", ({ method, path }) => {
  test("answers a foreign tenant's key as if there were no such tenant", async () => {
    const foreign = await app.call(method, pathOf(path, "globex"), { key: keys.tenant ?? null });
    const nowhere = await app.call(method, pathOf(path, "nobody"), { key: keys.tenant ?? null });
    expect(foreign.status).toBe(problemStatus.notFound);
    expect(blind(foreign.text)).toBe(blind(nowhere.text));
  });
});

describe.each(routes.filter(({ method, path }) => method === "GET" && path.includes(":tenantId")))(
  "$method $path",
  ({ method, path }) => {
    test("answers for a missing tenant with the same", async () => {
      const foreign = await app.call(method, pathOf(path, "globex"), { key: keys.tenant ?? null });
      const missing = await app.call(method, pathOf(path, "nobody"));
      expect(blind(missing.text)).toBe(blind(foreign.text));
    });
  },
);
