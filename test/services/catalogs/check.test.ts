import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { checkCatalog } from "#services/catalogs/check.ts";
import type { Json } from "../../api/harness.ts";
import { shop, version } from "./shop.ts";

const check = (catalog: Json) => checkCatalog(JSON.stringify(catalog), "json");

/** The first fault of a shop that was changed. */
function faultOf(change: (catalog: Json) => unknown): Json {
  const catalog = shop();
  change(catalog);
  const checked = check(catalog);
  return checked.ok ? "no fault" : checked.faults[0];
}

describe("a catalog", () => {
  test("that is right is taken as it is, in JSON and in YAML", () => {
    expect(check(shop())).toEqual({ ok: true, document: shop() });
    expect(checkCatalog(stringify(shop()), "yaml")).toEqual({ ok: true, document: shop() });
  });

  test.each(["contently", "user-management", "alga-psa", "base-events", "organization-notifications"])(
    "%s, which comes with Posthorn, is right",
    (name) => {
      expect(checkCatalog(readFileSync(`src/catalogs/${name}.yaml`, "utf8"), "yaml")).toMatchObject({ ok: true });
    },
  );

  const type = "/types/0";
  const schema = `${type}/versions/0/schema`;
  const changes: [string, (c: Json) => unknown, string, string][] = [
    ["is not an object", (c) => Object.assign(c, { types: 3 }), "invalidCatalog", "/types"],
    ["has a member that no catalog has", (c) => (c.kind = "x"), "invalidCatalog", "/kind"],
    ["names a type twice", (c) => c.types.push(c.types[0]), "duplicateName", "/types/2/name"],
    [
      "names a version twice",
      (c) => c.types[0].versions.push(c.types[0].versions[0]),
      "duplicateName",
      `${type}/versions/1/version`,
    ],
    [
      "names a ref twice",
      (c) => (c.types[1].versions[0].ref = "order.paid.v1"),
      "duplicateName",
      "/types/1/versions/0/ref",
    ],
    ["names a category twice", (c) => c.categories.push({ name: "Orders" }), "duplicateName", "/categories/1/name"],
    [
      "has a type that breaks its naming",
      (c) => (c.types[1].name = "OrderSent"),
      "nameBreaksConvention",
      "/types/1/name",
    ],
    ["has a naming that may hang others", (c) => (c.naming.pattern = "^(a+)+$"), "unsafePattern", "/naming/pattern"],
    ["has a naming that is none", (c) => (c.naming.pattern = "("), "unsafePattern", "/naming/pattern"],
    [
      "leaves out a version",
      (c) => c.types[0].versions.push(version("v3", {}, {})),
      "versionGap",
      `${type}/versions/1/version`,
    ],
    [
      "has its versions in the wrong order",
      (c) => c.types[0].versions.unshift(version("v2", {}, {})),
      "versionGap",
      `${type}/versions/1/version`,
    ],
    ["has an unknown category", (c) => (c.types[0].category = "Sales"), "danglingPointer", `${type}/category`],
    ["has an unknown envelope", (c) => (c.types[0].envelope = "other"), "danglingPointer", `${type}/envelope`],
    [
      "has an unknown preference",
      (c) => (c.types[0].preference.name = "other"),
      "danglingPointer",
      `${type}/preference/name`,
    ],
    [
      "has an unknown template",
      (c) => (c.types[0].notifications[0].template = "other"),
      "danglingPointer",
      `${type}/notifications/0/template`,
    ],
    [
      "has a template for no type",
      (c) => (c.templates[0].eventTypes = ["order.*", "cart.*"]),
      "danglingPointer",
      "/templates/0/eventTypes/1",
    ],
    [
      "has a template for no version",
      (c) => (c.templates[0].version = "v2"),
      "danglingPointer",
      "/templates/0/version",
    ],
    [
      "derives an unknown type",
      (c) => (c.types[0].derives = [{ type: "a.b", documents: "1" }]),
      "danglingPointer",
      `${type}/derives/0/type`,
    ],
    [
      "derives in a circle",
      (c) => (c.types[0].derives = [{ type: "order.paid", documents: "1" }]),
      "invalidCatalog",
      `${type}/derives/0/type`,
    ],
    ["makes the gateway's events its own", (c) => (c.types[1].gateway = true), "invalidCatalog", "/types/1/gateway"],
    [
      "has a pointer to nowhere in the envelope",
      (c) => (c.envelopes[0].fields.tenantId.pointers = ["/data/storeId"]),
      "danglingPointer",
      "/envelopes/0/fields/tenantId/pointers/0",
    ],
    [
      "requires what its examples lack",
      (c) => delete c.envelopes[0].fields.id.example,
      "danglingPointer",
      "/envelopes/0/fields/id/pointers/0",
    ],
    [
      "has a pointer that is none",
      (c) => (c.envelopes[0].fields.id.pointers = ["id"]),
      "invalidCatalog",
      "/envelopes/0/fields/id/pointers/0",
    ],
    [
      "has an ordering key that leads nowhere",
      (c) => (c.types[0].orderingKey = ["/data/orderNumber"]),
      "danglingPointer",
      `${type}/orderingKey/0`,
    ],
    [
      "has a throttle per nothing",
      (c) => (c.types[0].throttle.per = ["/data/amount/x"]),
      "danglingPointer",
      `${type}/throttle/per/0`,
    ],
    [
      "asks nobody for preferences",
      (c) => (c.types[0].preference.users = ["/userId"]),
      "danglingPointer",
      `${type}/preference/users/0`,
    ],
    [
      "has a constant where a part stands",
      (c) => (c.envelopes[0].constants[0].pointer = "/id"),
      "danglingPointer",
      "/envelopes/0/constants/0/pointer",
    ],
    [
      "has a condition that its events do not fulfil",
      addEnvelope("/nowhere"),
      "danglingPointer",
      "/envelopes/0/when/0",
    ],
    ["has an envelope that takes all", addEnvelope(undefined), "invalidCatalog", "/envelopes/0"],
    [
      "has a type that is refused by its own downgrade",
      (c) => (c.types[0].versions[0].downgrade = "$"),
      "invalidDowngrade",
      `${type}/versions/0/downgrade`,
    ],
    [
      "has an example that breaks its schema",
      (c) => (c.types[0].versions[0].example.amount = "5"),
      "invalidExample",
      `${type}/versions/0/example/amount`,
    ],
    [
      "has a schema that is too large",
      (c) => (c.types[0].versions[0].schema.title = "x".repeat(70_000)),
      "schemaTooLarge",
      schema,
    ],
    [
      "has a schema that refers to itself",
      (c) => (c.types[0].versions[0].schema.properties.amount = { $ref: "#" }),
      "schemaCycle",
      `${schema}/properties/amount/$ref`,
    ],
    [
      "has a definition that refers to itself",
      (c) => (c.definitions.id = { not: { $ref: "#/$defs/id" } }),
      "schemaCycle",
      "/definitions/id/not/$ref",
    ],
    [
      "has a remote reference",
      (c) => (c.definitions.id = { $ref: "https://example.com/id" }),
      "remoteReference",
      "/definitions/id/$ref",
    ],
    ["refers to no definition", (c) => delete c.definitions.id, "danglingPointer", `${schema}/properties/shopId/$ref`],
    [
      "has a pattern that may hang others",
      (c) => (c.definitions.id.pattern = "^(a+)+$"),
      "unsafePattern",
      "/definitions/id/pattern",
    ],
    ["has a schema that is none", (c) => (c.definitions.id.type = "text"), "invalidSchema", "/definitions/id/type"],
  ];
  test.each(changes)("that %s is refused", (_, change, code, pointer) => {
    expect(faultOf(change)).toMatchObject({ code, pointer, detail: expect.any(String) });
  });

  test("tells all that is wrong with it at once, twenty at most", () => {
    const catalog = shop();
    catalog.types[0].category = "Sales";
    catalog.types[1].orderingKey = ["/data/none"];
    expect(check(catalog)).toMatchObject({
      ok: false,
      faults: [{ code: "danglingPointer" }, { code: "danglingPointer" }],
    });
    catalog.types = Array.from({ length: 50 }, (_, i) => ({ ...catalog.types[1], name: `Bad${i}` }));
    const checked = check(catalog);
    expect(checked.ok ? 0 : checked.faults.length).toBe(20);
  });

  test("may number its versions as it likes, without leaving one out", () => {
    for (const names of [
      ["1", "2"],
      ["v2", "v3"],
      ["1.0", "1.1", "2.0"],
      ["2024-01", "2026-05"],
      ["1.0.0", "1.0.1", "1.1.0"],
    ])
      expect(faultOf(versions(names))).toBe("no fault");
    for (const names of [
      ["1", "3"],
      ["1.0", "3.0"],
      ["1.0", "1.2"],
      ["1.0.0", "1.1.1"],
    ])
      expect(faultOf(versions(names))).toMatchObject({ code: "versionGap" });
  });
});

function addEnvelope(when: string | undefined) {
  return (catalog: Json) => {
    const [envelope] = catalog.envelopes;
    catalog.envelopes.unshift({ ...envelope, name: "first", ...(when === undefined ? {} : { when: [when] }) });
    catalog.types[0].envelope = "first";
  };
}

function versions(names: string[]) {
  return (c: Json) => {
    c.templates = [];
    delete c.types[0].notifications;
    c.types[0].versions = names.map((name) => version(name, {}, {}));
  };
}
