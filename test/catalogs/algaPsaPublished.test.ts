import { describe, expect, test } from "vitest";
import { compileSchema } from "#services/schemas.ts";
import type { Json } from "../api/harness.ts";
import {
  eventOf,
  events,
  otherForms,
  payloadFrom,
  wrongValues,
  writtenFrom,
  type DocumentField,
} from "./documents/algaPsa.ts";
import { deliverInAllForms, expectValidBy, useRunningGateway } from "./running.ts";

const running = useRunningGateway("alga-psa");
const catalog = "alga-psa";

/** As a publisher writes it who knows the document alone. */
function written(name: string, tenantId: string, optional = true): Json {
  const document: Json = writtenFrom(eventOf(name), { optional });
  return { ...document, payload: { ...document.payload, tenantId } };
}

const publish = (document: Json) => running().publish(catalog, JSON.stringify(document));
const accepted = { status: 202 };
const refusedAt = (code: string, pointer: string) => ({ status: 422, body: { code, errors: [{ pointer }] } });

test("all 134 event types are taken in one call and arrive byte for byte, with and without what is optional", async () => {
  expect(events).toHaveLength(134);
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId, { catalog });
  const texts = [true, false].flatMap((optional) =>
    events.map(({ name }) => JSON.stringify(written(name, tenantId, optional), null, optional ? 1 : 0)),
  );
  const { status, body } = await running().publish(catalog, `[${texts.join("\n,")}]`);
  expect(status).toBe(202);
  expect(body.data.filter(({ problem }: Json) => problem !== undefined)).toEqual([]);
  const heard = await listener.heard(268);
  expect(heard.map((request) => request.body).toSorted()).toEqual(texts.toSorted());
});

test("every payload_schema_ref leads over HTTP to the schema that takes the payload, as does every dataschema", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId, { catalog, payloadFormat: "cloudevents" });
  await publish(events.map(({ name }) => written(name, tenantId)));
  const heard = (await listener.heard(134)).map((request) => JSON.parse(request.body));
  for (const { type, dataschema, data } of heard) {
    const { payload, payload_schema_ref: ref } = written(type, tenantId);
    expect(new URL(dataschema).pathname).toBe(`/v1/catalogs/${catalog}/schemas/${ref}`);
    expect(data).toEqual(payload);
    await expectValidBy(dataschema, payload);
  }
  expect(new Set(heard.map(({ type }) => type)).size).toBe(134);
});

test("a schema needs no credentials; one that is of no type is not found", async () => {
  const path = `/v1/catalogs/${catalog}/schemas`;
  const { status, text } = await running().app.call("GET", `${path}/payload.TicketMerged.v1`, { key: null });
  expect(status).toBe(200);
  expect(compileSchema(text).validate({})).not.toEqual([]);
  expect(await running().app.call("GET", `${path}/payload.TicketMerged.v2`, { key: null })).toMatchObject({
    status: 404,
  });
});

test("an event of each heading arrives in each form", async () => {
  const tenantId = await running().app.tenant();
  const first = Map.groupBy(events, ({ heading }) => heading);
  const documents = [...first.values()].map(([event]) => {
    const type = event?.name ?? "";
    return { type, text: JSON.stringify({ event_id: `e-${type}`, ...written(type, tenantId) }) };
  });
  expect(documents.length).toBeGreaterThan(8);
  expect(await deliverInAllForms(running(), { tenantId, catalog, dataAt: "payload" }, documents)).toBe(
    documents.length,
  );
});

describe("clientId/companyId", () => {
  const [event] = events.filter((e) => e.fields.some((f) => f.alternatives.length > 0));
  const name = event?.name ?? "";

  const withOwners = async (owners: object): Promise<Json> => {
    const { payload, ...head } = written(name, await running().app.tenant());
    const { clientId: _, companyId: __, ...rest } = payload;
    return { ...head, payload: { ...rest, ...owners } };
  };

  test.each([{ clientId: "client-1" }, { companyId: "client-1" }, { clientId: "client-1", companyId: "client-1" }])(
    "%j is enough",
    async (owners) => {
      expect(await publish(await withOwners(owners))).toMatchObject(accepted);
    },
  );

  test("one of them at least must be given", async () => {
    const answer = await publish(await withOwners({}));
    expect(answer).toMatchObject({ status: 422, body: { code: "invalidData" } });
    const told = answer.body.errors.map(({ pointer, detail }: Json) => `${pointer} ${detail}`);
    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\/payload .*clientId/),
        expect.stringMatching(/^\/payload .*companyId/),
      ]),
    );
  });
});

test("fields are taken in every form that their names allow", async () => {
  const tenantId = await running().app.tenant();
  const documents = events.flatMap(({ name, fields }) =>
    fields.flatMap((field) =>
      otherForms(field).map((value) => {
        const document = written(name, tenantId);
        return { ...document, payload: { ...document.payload, [field.name]: value } };
      }),
    ),
  );
  expect(documents.length).toBeGreaterThan(60);
  const { status, body } = await publish(documents);
  expect(status).toBe(202);
  expect(body.data.filter(({ problem }: Json) => problem !== undefined)).toEqual([]);
});

describe("a payload that is not what the document says", () => {
  const enumerated = events.flatMap((event) =>
    event.fields.filter((field) => field.values.length > 0).map((field) => [event.name, field.name, field] as const),
  );

  test("twenty enumerations are tried", () => {
    expect(enumerated).toHaveLength(20);
  });

  test.each(enumerated)("%s takes the values of %s and no other", async (name, field, { values }) => {
    const document = written(name, await running().app.tenant());
    for (const value of values)
      expect(await publish({ ...document, payload: { ...document.payload, [field]: value } })).toMatchObject(accepted);
    const wrong = { ...document, payload: { ...document.payload, [field]: "another" } };
    expect(await publish(wrong)).toMatchObject(refusedAt("invalidData", `/payload/${field}`));
  });

  test("is refused at each field of another type or form, with its place in the document", async () => {
    const tenantId = await running().app.tenant();
    const { payload, ...head } = written("TICKET_MESSAGE_ADDED", tenantId);
    for (const field of eventOf("TICKET_MESSAGE_ADDED").fields.filter((f) => f.name !== "tenantId")) {
      const wrong = wrongValues(field).map((value) => ({ ...head, payload: { ...payload, [field.name]: value } }));
      for (const document of wrong) {
        const answer = await publish(document);
        expect([field.name, answer.status, answer.body.code]).toEqual([field.name, 422, "invalidData"]);
        expect(answer.body.errors[0].pointer).toMatch(new RegExp(`^/payload/${field.name}(/|$)`));
      }
    }
  });

  test("is refused without each required field, which is named", async () => {
    const tenantId = await running().app.tenant();
    const { fields } = eventOf("TICKET_MESSAGE_ADDED");
    for (const { name } of fields.filter((f) => !f.optional && f.name !== "tenantId")) {
      const document = written("TICKET_MESSAGE_ADDED", tenantId);
      delete document.payload[name];
      const answer = await publish(document);
      expect(answer).toMatchObject(refusedAt("invalidData", "/payload"));
      expect(answer.body.errors).toHaveLength(1);
      expect(answer.body.errors[0].detail).toContain(name);
    }
  });

  test("is refused without its tenant, which is of the envelope", async () => {
    const { payload, ...head } = written("TICKET_MERGED", "unused");
    const { tenantId: _, ...rest } = payload;
    expect(await publish({ ...head, payload: rest })).toMatchObject(refusedAt("invalidEnvelope", "/payload/tenantId"));
  });

  test("keeps to the members of its lists and objects", async () => {
    const tenantId = await running().app.tenant();
    const nested = events.flatMap((e) => e.fields.filter((f) => f.members.length > 0).map((f) => [e.name, f] as const));
    expect(nested.length).toBeGreaterThan(1);
    for (const [name, field] of nested) {
      const document = written(name, tenantId);
      const [required = ""] = field.members.filter((m) => !m.optional).map((m) => m.name);
      const { [required]: _, ...less } = payloadFrom(field.members, true);
      const wrong = { ...document, payload: { ...document.payload, [field.name]: field.isList ? [less] : less } };
      expect(await publish(wrong)).toMatchObject(refusedAt("invalidData", placeOf(field)));
    }
  });
});

test("a reference to another type's schema is refused, and an unknown one", async () => {
  const document = written("TICKET_MERGED", await running().app.tenant());
  expect(await publish(document)).toMatchObject(accepted);
  for (const ref of ["payload.TicketSplit.v1", "payload.TicketMerged.v2", "payload.None.v1"]) {
    expect(await publish({ ...document, payload_schema_ref: ref })).toMatchObject(
      refusedAt("unknownVersion", "/payload_schema_ref"),
    );
  }
});

test.each(["ticketMerged", "TICKET_MERGED_TWICE", "Ticket Merged"])("there is no event type %s", async (name) => {
  const document = { ...written("TICKET_MERGED", await running().app.tenant()), event_type: name };
  expect(await publish(document)).toMatchObject(refusedAt("unknownEventType", "/event_type"));
});

test("what is refused in a list leaves the others be, and says its place", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId);
  const [first, second] = [written("TICKET_MERGED", tenantId), written("TICKET_SPLIT", tenantId)];
  const wrong = { ...second, payload: { ...second.payload, splitAt: "never" } };
  expect((await publish([first, wrong, second])).body.data).toMatchObject([
    { id: expect.any(String) },
    { problem: { code: "invalidData", errors: [{ pointer: "/1/payload/splitAt" }] } },
    { id: expect.any(String) },
  ]);
  const heard = await listener.heard(2);
  expect(heard.map((r) => r.body).toSorted()).toEqual([JSON.stringify(first), JSON.stringify(second)].toSorted());
});

function placeOf({ name, isList }: DocumentField): string {
  return `/payload/${name}${isList ? "/0" : ""}`;
}
