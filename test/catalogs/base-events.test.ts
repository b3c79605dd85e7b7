import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { CatalogDocument, Json } from "#domain/catalog/document.ts";
import { baseFields, events, services, writtenFrom, type DocumentField } from "./documents/base-events.ts";
import {
  faultsOf,
  mistakesOf,
  readCatalog,
  typeOf,
  validatorOf,
  versionOf,
  asMap,
  evaluate,
  withValue,
} from "./support.ts";

const catalog = readCatalog("base-events");
const next: CatalogDocument = parse(readFileSync("test/catalogs/fixtures/base-events-next.yaml", "utf8"));
const cases = events.map((event) => [event.name, event] as const);

describe("the event types are those of the document", () => {
  test("the document has twenty interfaces in four services", () => {
    expect(services.map((s) => s.interfaces.match(/^interface /gm)?.length)).toEqual([4, 6, 4, 6]);
    expect(events).toHaveLength(20);
  });

  test("each interface is an event type of its service, in order, and nothing else is one", () => {
    expect(catalog.types.map((t) => [t.name, t.category])).toEqual(events.map((e) => [e.name, e.heading]));
    expect(catalog.categories?.map((c) => c.name)).toEqual(services.map((s) => s.heading));
  });

  test("names, schemas and examples hold together", () => {
    expect(mistakesOf(catalog)).toEqual([]);
    expect(mistakesOf(next)).toEqual([]);
  });

  test("every type has the document's version, and only TaskUpdated one more", () => {
    const versions = catalog.types.map((t) => [t.name, t.versions.map((v) => v.version).join()]);
    expect(versions).toEqual(events.map((e) => [e.name, e.name === "TaskUpdated" ? "v1,v2" : e.version]));
  });
});

describe("an event written from its interface", () => {
  test.each(cases)("%s is accepted, with and without what is optional", (_name, event) => {
    for (const optional of [true, false])
      expect(faultsOf(catalog, JSON.stringify(writtenFrom(event, { optional })))).toEqual([]);
  });

  test.each(cases)("%s is refused without a required field of its data", (_name, event) => {
    for (const field of dataFields(event.fields).filter((f) => !f.optional)) {
      expect([field.pointer, faultsWith(event, field, undefined)]).toEqual([field.pointer, [expect.any(String)]]);
    }
  });

  test.each(cases)("%s is refused with a field of another type, or another form", (_name, event) => {
    for (const field of dataFields(event.fields)) {
      for (const wrong of wrongValues(field)) {
        expect([field.pointer, wrong, faultsWith(event, field, wrong).length > 0]).toEqual([
          field.pointer,
          wrong,
          true,
        ]);
      }
    }
  });

  test.each(cases)("%s may have members that the document does not know", (_name, event) => {
    const written = withValue(writtenFrom(event, { optional: true }), "/addedLater", 1);
    expect(faultsOf(catalog, JSON.stringify(withValue(written, "/data/addedLater", "yes")))).toEqual([]);
  });

  test("a billing period is monthly or yearly", () => {
    const field = events.flatMap((e) => e.fields).find((f) => f.name === "billingPeriod");
    expect(field?.values).toEqual(["monthly", "yearly"]);
    const data = versionOf(typeOf(catalog, "SubscriptionActivated")).example;
    const faults = (billingPeriod: string) =>
      validatorOf(catalog, "SubscriptionActivated").validate({ ...asMap(data), billingPeriod });
    expect([faults("monthly"), faults("yearly")]).toEqual([[], []]);
    expect(faults("weekly").map((f) => f.pointer)).toEqual(["/billingPeriod"]);
  });
});

describe("the envelope is BaseEvent", () => {
  const [envelope] = catalog.envelopes;
  const fields = Object.values(envelope?.fields ?? {});

  test("each of its fields has a role, and data besides", () => {
    expect(catalog.envelopes).toHaveLength(1);
    const pointers = fields.flatMap((f) => f.pointers.slice(0, 1));
    expect(pointers.toSorted()).toEqual([...baseFields.map((f) => f.pointer), "/data"].toSorted());
  });

  test("what is not optional is required", () => {
    const required = fields.filter((f) => f.required === true).flatMap((f) => f.pointers);
    const expected = [...baseFields.filter((f) => !f.optional).map((f) => f.pointer), "/data"];
    expect(required.toSorted()).toEqual(expected.toSorted());
    for (const pointer of expected) {
      const written = withValue(writtenFrom(firstEvent(), { optional: true }), pointer, undefined);
      expect(faultsOf(catalog, JSON.stringify(written))).toHaveLength(1);
    }
  });

  test("the organization is the tenant, where there is one", () => {
    expect(envelope?.fields.tenantId).toMatchObject({
      pointers: ["/organizationId", "/data/organizationId"],
      default: "platform",
    });
  });

  test("events are ordered by organization, else by user", () => {
    for (const type of catalog.types)
      expect(type.orderingKey).toEqual(["/organizationId", "/data/organizationId", "/userId", "/data/userId"]);
  });
});

describe("versions", () => {
  const v2 = versionOf(typeOf(catalog, "TaskUpdated"), "v2");

  test("the built-in catalog deprecates none", () => {
    expect(catalog.types.flatMap((t) => t.versions).filter((v) => v.deprecated !== undefined)).toEqual([]);
  });

  test.each([
    ["two changes", [{ field: "title", oldValue: "A", newValue: "B" }, { field: "due" }], ["title", "due"]],
    ["one change", [{ field: "title", oldValue: null, newValue: { nested: true } }], ["title"]],
    ["no change", [], []],
  ])("TaskUpdated v2 with %s comes down to a valid v1", async (_case, changes, updatedFields) => {
    const { changes: _changes, ...rest } = asMap(v2.example);
    expect(validatorOf(catalog, "TaskUpdated", "v2").validate({ ...rest, changes })).toEqual([]);
    const down = await evaluate(v2.downgrade, { ...rest, changes });
    expect(down).toEqual({ ...rest, updatedFields });
    expect(validatorOf(catalog, "TaskUpdated", "v1").validate(down)).toEqual([]);
  });
});

describe("the same catalog later", () => {
  test("differs in TaskUpdated only: a v3, and v1 deprecated", () => {
    const { types, notes, ...rest } = catalog;
    const { types: laterTypes, notes: laterNotes, ...laterRest } = next;
    expect(laterRest).toEqual(rest);
    expect(notes).toHaveLength(laterNotes?.length ?? 0);
    expect(laterTypes.filter((t) => t.name !== "TaskUpdated")).toEqual(types.filter((t) => t.name !== "TaskUpdated"));
    const [v1, v2, v3] = typeOf(next, "TaskUpdated").versions;
    const { deprecated, ...rest1 } = v1 ?? {};
    expect([rest1, v2]).toEqual(typeOf(catalog, "TaskUpdated").versions);
    expect(deprecated).toEqual({ message: expect.any(String), since: "2026-01-15", sunset: "2027-01-15" });
    expect(v3?.version).toBe("v3");
  });

  test("TaskUpdated v3 comes down to v2 and on to v1", async () => {
    const [, v2, v3] = typeOf(next, "TaskUpdated").versions;
    const asV2 = await evaluate(v3?.downgrade, v3?.example);
    expect(validatorOf(next, "TaskUpdated", "v2").validate(asV2)).toEqual([]);
    expect(asV2).toEqual({ ...asMap(v2?.example), updatedBy: "automation-12" });
    const asV1 = await evaluate(v2?.downgrade, asV2);
    expect(validatorOf(next, "TaskUpdated", "v1").validate(asV1)).toEqual([]);
    expect(asV1).toMatchObject({ updatedFields: ["title", "estimateHours"], updatedBy: "automation-12" });
  });

  test.each([0, 1])("TaskUpdated v3 with %i changes comes down too", async (count) => {
    const [, , v3] = typeOf(next, "TaskUpdated").versions;
    const changes = [{ field: "title" }].slice(0, count);
    expect(await evaluate(v3?.downgrade, { ...asMap(v3?.example), changes })).toMatchObject({ changes });
  });
});

function dataFields(fields: readonly DocumentField[]): DocumentField[] {
  return fields.filter((f) => f.pointer.startsWith("/data/"));
}

/** What is said against the event with another value in the field, or with none. */
function faultsWith(event: (typeof events)[number], field: DocumentField, value: Json | undefined): string[] {
  const written = withValue(writtenFrom(event, { optional: true }), field.pointer, value);
  return faultsOf(catalog, JSON.stringify(written));
}

function wrongValues({ name, type }: DocumentField): Json[] {
  if (type !== "string") return ["text", null, ...(type === "string[]" ? [[1], [null]] : [])];
  const texts = name.endsWith("At") ? ["yesterday", "2026-02-30T00:00:00Z"] : /email$/i.test(name) ? ["nobody"] : [];
  const free = ["name", "title", "planName", "role", "oldRole", "newRole", "oldStatus", "newStatus"];
  return [7, null, ["text"], ...texts, ...(free.includes(name) ? [] : [""])];
}

function firstEvent(): (typeof events)[number] {
  const [event] = events;
  if (event === undefined) throw new Error("the document has no event");
  return event;
}
