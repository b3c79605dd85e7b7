import { expect, test } from "vitest";
import { startApi } from "./harness.ts";

const event = (id: string, type = "order.paid") => ({ id, type, tenantId: "acme", data: {} });

test("metrics are shown without a key, and each answer and each event is told of", async () => {
  const told: unknown[] = [];
  const app = await startApi(
    {},
    {
      metrics: {
        published: (result) => told.push(result),
        turnedAway: (method) => told.push(`${method} turned away`),
        answered: ({ method, route, status }) => told.push(`${method} ${route} ${status}`),
        text: async () => ({ body: "posthorn_x 1\n", contentType: "text/plain; version=0.0.4; charset=utf-8" }),
      },
    },
  );
  try {
    await app.call("PUT", "/v1/tenants/acme", { body: {} });
    await app.call("POST", "/v1/event-types", { body: { name: "order.paid" } });
    await app.call("POST", "/v1/events/batch", { body: { events: [event("1"), event("2", "no.such"), { id: 3 }] } });
    await app.call("POST", "/v1/events", { body: event("1") });
    expect(told.filter((one) => !String(one).includes(" "))).toEqual([
      "accepted",
      "unknownEventType",
      "invalidRequest",
      "replayed",
    ]);
    expect(told).toContain("PUT /v1/tenants/:tenantId 201");
    expect(told).toContain("POST /v1/events/batch 202");
    const answer = await app.call("GET", "/metrics", { key: null });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.text).toBe("posthorn_x 1\n");
  } finally {
    await app.close();
  }
});

test("a runtime that counts nothing says so", async () => {
  const app = await startApi();
  try {
    const answer = await app.call("GET", "/metrics", { key: null });
    expect(answer).toMatchObject({ status: 404, body: { code: "notFound" } });
  } finally {
    await app.close();
  }
});
