import { beforeAll, describe, expect, test } from "vitest";
import type { Answer, Json } from "../api/harness.ts";
import { baseFields, events, writtenFrom, type DocumentEvent } from "./documents/base-events.ts";
import { deliverInAllForms, expectValidBy, invalidAt, useRunningGateway, type Form, type Running } from "./running.ts";

const catalog = "base-events";

/** As a publisher writes it who has read the interfaces alone, with an id of its own. */
function written(event: DocumentEvent, tenantId: string, optional = true): Json {
  const document: Json = writtenFrom(event, { optional });
  if (optional) document.organizationId = tenantId;
  if ("organizationId" in document.data) document.data.organizationId = tenantId;
  return { ...document, eventId: crypto.randomUUID() };
}

function named(name: string, tenantId: string, optional = true): Json {
  const event = events.find((e) => e.name === name);
  if (event === undefined) throw new Error(`the document has no ${name}`);
  return written(event, tenantId, optional);
}

/** A task's update in the version that is not the document's own. */
function taskUpdated(tenantId: string, version: string, more: object): Json {
  const { data, ...head } = named("TaskUpdated", tenantId);
  const { organizationId, projectId, taskId, updatedBy, updatedAt } = data;
  return { ...head, eventVersion: version, data: { organizationId, projectId, taskId, updatedBy, updatedAt, ...more } };
}

const changes = [
  { field: "title", oldValue: "Draft", newValue: "Final" },
  { field: "estimateHours", newValue: 6.0 },
];
const fields = ["title", "estimateHours"];

async function send(running: Running, document: Json): Promise<string> {
  const text = JSON.stringify(document, null, 2);
  expect(await running.publish(catalog, text)).toMatchObject({ status: 202, body: { id: document.eventId } });
  return text;
}

/** Where the event stands, without its version and its data. */
const frame = (text: string): string => text.slice(0, text.indexOf('"data"')).replace(/"v[12]"/, '"v"');

describe("the catalog of the document", () => {
  const running = useRunningGateway(catalog);
  const publish = (document: Json) => running().publish(catalog, JSON.stringify(document));

  test("every interface arrives byte for byte, with and without its optional members", async () => {
    expect(events).toHaveLength(20);
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId);
    const platform = await running().listen("platform", { eventTypes: ["User*", "PasswordResetRequested"] });
    const documents = [true, false].flatMap((optional) => events.map((event) => written(event, tenantId, optional)));
    const texts = documents.map((document) => JSON.stringify(document, null, 1));
    const { status, body } = await running().publish(catalog, `[${texts.join(",")}]`);
    expect(status).toBe(202);
    expect(body.data.map(({ id }: Json) => id)).toEqual(documents.map(({ eventId }) => eventId));
    // Those of the identity service have no organization but in the envelope.
    const homeless = texts.filter(
      (_, i) => documents[i].organizationId === undefined && documents[i].data.organizationId === undefined,
    );
    expect(homeless).toHaveLength(4);
    expect((await platform.heard(4)).map((r) => r.body).toSorted()).toEqual(homeless.toSorted());
    const ours = texts.filter((text) => !homeless.includes(text));
    expect((await listener.heard(36)).map((r) => r.body).toSorted()).toEqual(ours.toSorted());
  });

  test("an event of each service arrives in each form", async () => {
    const tenantId = await running().app.tenant();
    const services = Map.groupBy(events, ({ heading }) => heading);
    const documents = [...services.values()].map(([event]) => {
      const type = event?.name ?? "";
      return { type, text: JSON.stringify(named(type, tenantId)) };
    });
    expect(await deliverInAllForms(running(), { tenantId, catalog, dataAt: "data" }, documents)).toBe(4);
  });

  test("the schema of each type and version is found over HTTP, and takes what is written from its interface", async () => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId, { payloadFormat: "cloudevents" });
    await publish(events.map((event) => written(event, tenantId)));
    const heard = (await listener.heard(20)).map((r) => JSON.parse(r.body));
    for (const { type, dataschema, data, correlationid } of heard) {
      expect(new URL(dataschema).pathname).toBe(`/v1/catalogs/${catalog}/schemas/${type}.v1`);
      expect(correlationid).toBe("correlationId-of-the-document");
      await expectValidBy(dataschema, data);
    }
  });

  test.each(baseFields.filter((f) => !f.optional).map(({ name }) => [name]))(
    "an event without its %s is refused",
    async (name) => {
      const { [name]: _, ...rest } = named("TaskCreated", await running().app.tenant());
      expect(await publish(rest)).toMatchObject({
        status: 422,
        body: { code: "invalidEnvelope", errors: [{ pointer: `/${name}` }] },
      });
    },
  );

  test.each<[string, string, Json]>([
    ["TaskCreated", "/data/createdAt", "yesterday"],
    ["TaskCreated", "/data/taskId", 7],
    ["UserRegistered", "/data/email", "nobody"],
    ["SubscriptionActivated", "/data/billingPeriod", "weekly"],
    ["EntitlementsUpdated", "/data/entitlements/maxTasks", "12"],
    ["EntitlementsUpdated", "/data/entitlements/features/1", null],
    ["TaskUpdated", "/data/updatedFields", "title"],
  ])("%s is refused at %s with %j", async (name, pointer, value) => {
    const document = named(name, await running().app.tenant());
    const places = pointer.split("/").slice(1, -1);
    const parent = places.reduce((part: Json, place) => part[place], document);
    parent[pointer.split("/").at(-1) ?? ""] = value;
    expect(await publish(document)).toMatchObject(invalidAt(pointer));
  });

  test.each(events.map((event) => [event.name, event] as const))(
    "%s is refused without each required field",
    async (_name, event) => {
      const tenantId = await running().app.tenant();
      for (const field of event.fields.filter((f) => /^\/data\/\w+$/.test(f.pointer) && !f.optional)) {
        const document = written(event, tenantId);
        delete document.data[field.name];
        const answer = await publish(document);
        expect(answer).toMatchObject(invalidAt("/data"));
        expect(answer.body.errors[0].detail).toContain(field.name);
      }
    },
  );

  test.each(["v3", "1", "v1.0"])("there is no version %s", async (version) => {
    const document = { ...named("TaskUpdated", await running().app.tenant()), eventVersion: version };
    expect(await publish(document)).toMatchObject({
      status: 422,
      body: { code: "unknownVersion", errors: [{ pointer: "/eventVersion" }] },
    });
  });

  test("v1 and v2 are published side by side; who pins v1 gets v2 in v1, who does not gets it as it is", async () => {
    const tenantId = await running().app.tenant();
    const eventTypes = ["Task*"];
    const pinned = await running().listen(tenantId, { catalog, eventTypes, version: "v1" });
    const newest = await running().listen(tenantId, { catalog, eventTypes, version: "v2" });
    const free = await running().listen(tenantId, { catalog, eventTypes });
    const newer = taskUpdated(tenantId, "v2", { changes });
    const sent = [await send(running(), named("TaskUpdated", tenantId)), await send(running(), newer)];
    for (const listener of [newest, free])
      expect((await listener.heard(2)).map((r) => r.body).toSorted()).toEqual(sent.toSorted());
    const heard = await pinned.heard(2);
    expect(heard.map((r) => r.body)).toContain(sent[0]);
    const down = heard.find((r) => r.headers["webhook-id"] === newer.eventId)?.body ?? "";
    const { changes: _, ...kept } = newer.data;
    expect(JSON.parse(down)).toEqual({ ...newer, eventVersion: "v1", data: { ...kept, updatedFields: fields } });
    // Every byte but those of the version and the data.
    expect(frame(down)).toBe(frame(sent[1] ?? ""));
  });

  test.each<[Form, (body: Json) => unknown, string]>([
    ["standard", ({ version }) => version, "v1"],
    ["cloudevents", ({ dataversion }) => dataversion, "v1"],
  ])("what is pinned to v1 is in v1 in the form %s too", async (payloadFormat, versionIn, version) => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId, { catalog, eventTypes: ["Task*"], version, payloadFormat });
    await send(running(), taskUpdated(tenantId, "v2", { changes }));
    const body: Json = JSON.parse((await listener.heard(1))[0]?.body ?? "");
    expect([versionIn(body), body.data.updatedFields, body.data.changes]).toEqual([version, fields, undefined]);
  });

  test("the partition key is the organization, of the envelope or the data, else the user", async () => {
    const tenantId = await running().app.tenant();
    const envelope = { ...named("UserLoggedIn", tenantId), userId: "user-1" };
    const data = named("TaskCreated", tenantId, false);
    const { organizationId: _, ...homeless } = envelope;
    const { userId: __, ...actorless } = { ...homeless, eventId: crypto.randomUUID() };
    const user = { ...homeless, eventId: crypto.randomUUID() };
    const keys = [];
    for (const document of [envelope, data, user, actorless]) {
      await send(running(), document);
      const [row] = await running().gateway.rows<{ ordering_key: string }>(
        "select ordering_key from posthorn.events where external_id = $1",
        [document.eventId],
      );
      keys.push(row?.ordering_key);
    }
    expect(keys).toEqual([tenantId, tenantId, "user-1", actorless.data.userId]);
  });

  test("the same eventId again is the same event: answered as the first time, and delivered once", async () => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId);
    const document = named("TaskAssigned", tenantId);
    const first = await publish(document);
    expect([first.status, first.headers.get("idempotent-replayed")]).toEqual([202, null]);
    const again = await publish(document);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
    expect(again.text).toBe(first.text);
    const both = await publish([document, document]);
    expect(both.body.data.map(({ id }: Json) => id)).toEqual([document.eventId, document.eventId]);
    const changed = { ...document, data: { ...document.data, assignedTo: "somebody-else" } };
    expect(await publish(changed)).toMatchObject({ status: 422, body: { code: "idConflict" } });
    expect(await running().settled(tenantId, document.eventId, 1)).toMatchObject([{ status: "delivered" }]);
    const [request, ...others] = await listener.heard(1);
    expect([request?.headers["webhook-id"], others]).toEqual([document.eventId, []]);
  });
});

describe("the catalog a year later, with a v3 and v1 deprecated", () => {
  const running = useRunningGateway(catalog);
  let changed: Answer | undefined;
  beforeAll(async () => {
    changed = await running().install(catalog, "test/catalogs/fixtures/base-events-next.yaml");
  });

  test("breaks nothing that is published", () => {
    expect(changed).toMatchObject({ status: 200, body: { changed: true, revision: 2, diff: { breaking: [] } } });
  });

  const eventTypes = ["TaskUpdated"];
  const actor = { type: "automation", id: "automation-12" };
  const notice = { version: "v1", message: expect.any(String), since: "2026-01-15", sunset: "2027-01-15" };

  function newest(tenantId: string): Json {
    const document = taskUpdated(tenantId, "v3", { changes, actor });
    delete document.data.updatedBy;
    return { ...document, metadata: { region: "eu" } };
  }

  test("a v3 comes down two versions to who pins v1, with the notice, and one to who pins v2, without", async () => {
    const tenantId = await running().app.tenant();
    const pins = ["v1", "v2", "v3", undefined];
    const listeners = await Promise.all(
      pins.map((version) => running().listen(tenantId, { catalog, eventTypes, ...(version && { version }) })),
    );
    const document = newest(tenantId);
    const text = await send(running(), document);
    const [v1 = "", v2 = "", v3, free] = await Promise.all(listeners.map(async (l) => (await l.heard(1))[0]?.body));
    const { changes: _, actor: __, ...rest } = document.data;
    const data = { ...rest, updatedBy: "automation-12" };
    expect([v3, free]).toEqual([text, text]);
    expect(JSON.parse(v2)).toEqual({ ...document, eventVersion: "v2", data: { ...data, changes } });
    const metadata = { region: "eu", deprecation: notice };
    expect(JSON.parse(v1)).toEqual({
      ...document,
      eventVersion: "v1",
      metadata,
      data: { ...data, updatedFields: fields },
    });
  });

  test("an event published in v1 carries the notice for everybody, in each form that has room for it", async () => {
    const tenantId = await running().app.tenant();
    const document = named("TaskUpdated", tenantId);
    const inForm = async (payloadFormat: Form): Promise<() => Promise<Json>> => {
      const listener = await running().listen(tenantId, { catalog, eventTypes, payloadFormat });
      return async () => JSON.parse((await listener.heard(1))[0]?.body ?? "");
    };
    const forms = [await inForm("native"), await inForm("standard"), await inForm("cloudevents"), await inForm("thin")];
    await send(running(), document);
    const [native, standard, cloudEvent, thin] = await Promise.all(forms.map((body) => body()));
    expect(native).toEqual({ ...document, metadata: { ...document.metadata, deprecation: notice } });
    expect(standard).toMatchObject({ version: "v1", data: document.data, metadata: { deprecation: notice } });
    expect(cloudEvent).toMatchObject({
      dataversion: "v1",
      data: document.data,
      deprecated: true,
      sunset: "2027-01-15",
    });
    expect(thin).toEqual({ id: document.eventId, type: "TaskUpdated", tenantId, timestamp: expect.any(String) });
  });

  test("v1 says that it is deprecated, who pins it, and is not retired while somebody does", async () => {
    const tenantId = await running().app.tenant();
    const path = `/v1/event-types/TaskUpdated/versions/v1`;
    await running().listen(tenantId, { catalog, eventTypes, version: "v1" });
    const { body } = await running().app.call("GET", `/v1/event-types/TaskUpdated?catalog=${catalog}`);
    const { version: _, ...deprecated } = notice;
    expect(body.versions.map(({ version }: Json) => version)).toEqual(["v3", "v2", "v1"]);
    expect(body.versions[2]).toMatchObject({ deprecated });
    const pins = await running().app.call("GET", `${path}/pins?catalog=${catalog}`);
    expect(pins.body.data.map((pin: Json) => pin.tenantId)).toContain(tenantId);
    const refused = await running().app.call("DELETE", `${path}?catalog=${catalog}`);
    expect(refused).toMatchObject({ status: 409, body: { code: "versionPinned" } });
  });
});
