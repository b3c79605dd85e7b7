import { describe, expect, test } from "vitest";
import { until } from "#test/until.ts";
import type { Json } from "../api/harness.ts";
import { calledFor, exampleEvents, exampleNames } from "./documents/contently.ts";
import { deliverInAllForms, invalidAt, useRunningGateway } from "./running.ts";

const running = useRunningGateway("contently");
const catalog = "contently";

/** The common fields, written as the document's publishers do: flat, without an envelope. */
function content(tenantId: string, more: object = {}): string {
  return JSON.stringify({ Timestamp: "2024-12-02T09:32:00Z", AccountId: tenantId, UserId: "user-456", ...more });
}

async function publishContent(tenantId: string, more: object = {}): Promise<Json> {
  const answer = await running().publish(catalog, content(tenantId, more), "?type=Content.Published");
  expect(answer.status).toBe(202);
  return answer.body;
}

/** The deliveries of a tenant that are in this state. */
async function deliveriesIn(tenantId: string, status: string): Promise<Json[]> {
  const { body } = await running().app.call("GET", `/v1/tenants/${tenantId}/deliveries?status=${status}`);
  return body.data;
}

const register = (name: string) => running().app.call("POST", "/v1/event-types", { body: { name, catalog } });

const redeliver = (tenantId: string, { id }: Json) =>
  running().app.call("POST", `/v1/tenants/${tenantId}/deliveries/${id}/redeliver`);

test("the examples arrive to the byte, in each form, with the type beside them", async () => {
  const tenantId = await running().app.tenant();
  const documents = exampleEvents.map(({ name, text }) => ({
    type: name,
    text: text.replaceAll("account-123", tenantId),
    query: `?type=${name}`,
  }));
  expect(documents.map(({ type }) => type)).toEqual(exampleNames);
  expect(await deliverInAllForms(running(), { tenantId, catalog, dataAt: "" }, documents)).toBe(3);
});

test.each(["EventType", "EventName"])("the type may stand in %s", async (member) => {
  const tenantId = await running().app.tenant();
  const text = content(tenantId, { [member]: "Content.Published" });
  expect(
    await deliverInAllForms(running(), { tenantId, catalog, dataAt: "" }, [{ type: "Content.Published", text }]),
  ).toBe(1);
});

test("every event type is taken with the common fields alone, as a publisher writes it who knows the document alone", async () => {
  const tenantId = await running().app.tenant();
  const names = calledFor.flatMap(([category, , of]) => (category === "API Events" ? [] : of));
  expect(names).toHaveLength(100);
  const texts = names.map((name) => content(tenantId, { EventType: name }));
  const { status, body } = await running().publish(catalog, `[${texts.join(",")}]`);
  expect(status).toBe(202);
  expect(body.data.filter(({ problem }: Json) => problem !== undefined)).toEqual([]);
});

test("an Id, a Type and an Event are what the payload says of itself, and not the event's", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId);
  const article = { Id: "article-7", Type: "Article", Event: "Winter fair" };
  const first = await publishContent(tenantId, { ...article, Title: "First" });
  const second = await publishContent(tenantId, { ...article, Title: "Second" });
  expect(first.id).not.toBe(second.id);
  expect([first.id, second.id]).not.toContain("article-7");
  expect(await running().publish(catalog, content(tenantId, article))).toMatchObject({
    status: 422,
    body: { code: "invalidEnvelope", errors: [{ pointer: "/EventType" }] },
  });
  const titles = (await listener.heard(2)).map((r) => JSON.parse(r.body).Title);
  expect(new Set(titles)).toEqual(new Set(["First", "Second"]));
});

test("a list of them is taken in one call, each sent byte for byte", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId);
  const texts = exampleEvents.map(({ name, text }) =>
    text.replaceAll("account-123", tenantId).replace("{", `{ "EventType" : "${name}" , `),
  );
  expect(await running().publish(catalog, `\n[${texts.join("\n,")} ]`)).toMatchObject({
    status: 202,
    body: { data: { length: 3 } },
  });
  expect((await listener.heard(3)).map((r) => r.body).toSorted()).toEqual(texts.toSorted());
});

test("an event without an account is of the whole platform", async () => {
  const listener = await running().listen("platform", { eventTypes: ["System.*"] });
  const name = calledFor.flatMap(([category, , names]) => (category === "System Events" ? names : []))[0] ?? "";
  const { body } = await running().app.call("GET", `/v1/event-types/${name}?catalog=${catalog}`);
  const { AccountId: _, ...example } = body.versions[0].example;
  expect(await running().publish(catalog, JSON.stringify(example), `?type=${name}`)).toMatchObject({
    status: 202,
    body: { tenantId: "platform" },
  });
  expect((await listener.heard(1))[0]?.body).toBe(JSON.stringify(example));
});

describe("data that breaks its schema is refused", () => {
  test.each<[string, Json]>([
    ["/Timestamp", "yesterday"],
    ["/Timestamp", 1_733_131_920],
    ["/AccountId", 123],
    ["/UserId", null],
    ["/UserId", ""],
  ])("at %s for %j", async (pointer, value) => {
    const text = content(await running().app.tenant(), { [pointer.slice(1)]: value });
    const answer = await running().publish(catalog, text, "?type=Content.Published");
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  test("where a common field is missing", async () => {
    const tenantId = await running().app.tenant();
    const text = content(tenantId, { Timestamp: undefined });
    const answer = await running().publish(catalog, text, "?type=Content.Published");
    expect(answer).toMatchObject(invalidAt(""));
    expect(answer.body.errors[0].detail).toContain("Timestamp");
    const without = content(tenantId, { AccountId: undefined });
    const nobodys = await running().publish(catalog, without, `?type=Content.Published&tenantId=${tenantId}`);
    expect(nobodys).toMatchObject(invalidAt(""));
    expect(nobodys.body.errors[0].detail).toContain("AccountId");
  });
});

describe("the naming convention {Domain}.{Action}.{Detail}", () => {
  test.each(["Campaign.Launched", "Campaign.Email.Sent", "Campaign.AB.Tested"])(
    "lets %s be registered",
    async (name) => {
      expect(await register(name)).toMatchObject({ status: 201, body: { catalog, name } });
      const tenantId = await running().app.tenant();
      expect(await running().publish(catalog, content(tenantId), `?type=${name}`)).toMatchObject({ status: 202 });
    },
  );

  test.each(["Campaign", "Campaign.Email.Sent.Twice", "campaign.launched", "Campaign.email.Sent", "Campaign_Launched"])(
    "refuses %s",
    async (name) => {
      expect(await register(name)).toMatchObject({
        status: 422,
        body: {
          code: "nameBreaksConvention",
          detail: expect.stringMatching(/[^.]\.$/),
          errors: [{ pointer: "/name" }],
        },
      });
      expect(await running().app.call("GET", `/v1/event-types/${name}?catalog=${catalog}`)).toMatchObject({
        status: 404,
      });
    },
  );
});

test("a published event never changes: its id takes no other data, and what is sent again is what was sent first", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId);
  const id = `content-${tenantId}`;
  await publishContent(tenantId, { EventId: id, Title: "First" });
  const other = content(tenantId, { EventId: id, Title: "Second" });
  expect(await running().publish(catalog, other, "?type=Content.Published")).toMatchObject({
    status: 422,
    body: { code: "idConflict" },
  });
  const [delivery] = await running().settled(tenantId, id, 1);
  expect((await redeliver(tenantId, delivery)).status).toBe(202);
  const heard = await listener.heard(2);
  const first = content(tenantId, { EventId: id, Title: "First" });
  expect(heard.map((r) => r.body)).toEqual([first, first]);
  expect((await running().app.call("GET", `/v1/tenants/${tenantId}/events/${id}`)).body.data.Title).toBe("First");
});

test("a receiver that keeps the ids it has seen handles an event once, however often it comes", async () => {
  const tenantId = await running().app.tenant();
  const seen = new Set<string>();
  const handled: string[] = [];
  const listener = await running().listen(tenantId, {
    retrySchedule: [1],
    handler({ headers, body }, count) {
      const id = String(headers["webhook-id"]);
      if (!seen.has(id)) handled.push(JSON.parse(body).Title);
      seen.add(id);
      // The answer to the first request is lost: it is sent again although it was handled.
      return count === 1 ? { hangUp: true } : { status: 200 };
    },
  });
  const { id } = await publishContent(tenantId, { Title: "Once" });
  const [delivery] = await running().settled(tenantId, id, 1);
  await redeliver(tenantId, delivery);
  expect((await listener.heard(3)).map(({ headers }) => headers["webhook-id"])).toEqual([id, id, id]);
  await publishContent(tenantId, { Title: "Another" });
  await listener.heard(4);
  expect(handled).toEqual(["Once", "Another"]);
});

test("what cannot be delivered is a dead letter: failed, listed, and delivered by hand when the receiver is back", async () => {
  const tenantId = await running().app.tenant();
  let status = 503;
  const listener = await running().listen(tenantId, { retrySchedule: [1, 1], handler: () => ({ status }) });
  const { id } = await publishContent(tenantId, { Title: "Late" });
  const [dead] = await until(
    async () => (await deliveriesIn(tenantId, "failed")).length > 0 && deliveriesIn(tenantId, "failed"),
    {
      what: "the delivery is given up",
      deadlineMs: 20_000,
    },
  );
  expect(dead).toMatchObject({ eventId: id, eventType: "Content.Published", attempts: 3, reason: "httpStatus" });
  status = 200;
  expect((await redeliver(tenantId, dead)).status).toBe(202);
  const heard = await listener.heard(4);
  expect(new Set(heard.map((r) => r.body))).toEqual(new Set([content(tenantId, { Title: "Late" })]));
  expect(await running().settled(tenantId, id, 1)).toMatchObject([{ status: "delivered", attempts: 4 }]);
  expect(await deliveriesIn(tenantId, "failed")).toEqual([]);
});

describe("API events", () => {
  const names = calledFor.flatMap(([category, , of]) => (category === "API Events" ? of : []));

  test("cannot be published", async () => {
    expect(names.length).toBeGreaterThanOrEqual(4);
    const tenantId = await running().app.tenant();
    for (const name of names) {
      expect(await running().publish(catalog, content(tenantId), `?type=${name}`)).toMatchObject({
        status: 422,
        body: { code: "reservedEventType", errors: [{ pointer: "query/type" }] },
      });
    }
    const text = content(tenantId, { EventType: "API.Key.Created" });
    expect(await running().publish(catalog, text)).toMatchObject({ body: { errors: [{ pointer: "/EventType" }] } });
  });

  test.each([{ catalog: "contently" }, {}])("arrive by subscription, with %j", async (wish) => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId, { ...wish, eventTypes: ["API.Key.*", "API.Webhook.Registered"] });
    const other = await running().listen(tenantId, { eventTypes: ["Content.*"] });
    await running().app.call("POST", "/v1/api-keys", { body: { name: "Newsroom", role: "tenant", tenantId } });
    const own = (await listener.heard(2)).map(({ body }) => JSON.parse(body));
    expect(own).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ AccountId: tenantId, WebhookId: other.endpointId }),
        expect.objectContaining({ AccountId: tenantId, KeyName: "Newsroom" }),
      ]),
    );
  });
});
