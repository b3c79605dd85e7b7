import { describe, expect, test } from "vitest";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { diffCatalogs, publishedBy, type Published } from "#domain/catalog/diff.ts";
import type { Json } from "../../api/harness.ts";
import { shop, version } from "../../services/catalogs/shop.ts";

const document: CatalogDocument = shop();

function diffOf(change: (catalog: Json) => unknown, published: Published = publishedBy(document)) {
  const next = shop();
  change(next);
  return diffCatalogs(published, next);
}

describe("a new document of a catalog", () => {
  test("that says the same differs in nothing", () => {
    expect(diffOf(() => {})).toEqual({ added: [], changed: [], removed: [], breaking: [] });
  });

  test("of a catalog that is not there adds its types", () => {
    const { added } = diffCatalogs({ document: null, types: new Map() }, document);
    expect(added).toEqual([
      { pointer: "/types/0", detail: "order.paid" },
      { pointer: "/types/1", detail: "order.sent" },
    ]);
  });

  test("tells what it adds and changes", () => {
    const diff = diffOf((c) => {
      c.title = "Another shop";
      c.types[0].versions.push(version("v2", {}, {}));
      c.types[1].versions[0].schema.properties.weight = { type: "number" };
      c.types.push({ name: "order.lost", description: "Lost.", versions: [version("v1", {}, {})] });
    });
    expect(diff).toEqual({
      added: [
        { pointer: "/types/0/versions/1", detail: "order.paid v2" },
        { pointer: "/types/2", detail: "order.lost" },
      ],
      changed: [
        { pointer: "/title", detail: "the title" },
        { pointer: "/types/1/versions/0/schema", detail: "schema of order.sent v1" },
      ],
      removed: [],
      breaking: [],
    });
  });

  test.each<[string, (c: Json) => unknown, string]>([
    [
      "narrows a schema",
      (c) => c.types[1].versions[0].schema.properties.carrier.enum.pop(),
      "/types/1/versions/0/schema/properties/carrier/enum",
    ],
    ["removes a type", (c) => c.types.pop(), "/types"],
    ["replaces a version", (c) => (c.types[1].versions = [version("v2", {}, {})]), "/types/1/versions"],
    ["names a schema anew", (c) => (c.types[1].versions[0].ref = "sent"), "/types/1/versions/0/ref"],
    [
      "moves a part of the envelope",
      (c) => c.envelopes[0].fields.timestamp.pointers.unshift("/when"),
      "/envelopes/0/fields/timestamp/pointers/0",
    ],
    [
      "stops reading a place",
      (c) => c.envelopes[0].fields.timestamp.pointers.pop(),
      "/envelopes/0/fields/timestamp/pointers",
    ],
    ["removes a part of the envelope", (c) => delete c.envelopes[0].fields.metadata, "/envelopes/0/fields"],
    [
      "requires a part of the envelope",
      (c) => (c.envelopes[0].fields.version.required = true),
      "/envelopes/0/fields/version/required",
    ],
    ["changes a constant", (c) => (c.envelopes[0].constants[0].value = 3), "/envelopes/0/constants/0/value"],
    ["renames an envelope", (c) => (c.envelopes[0].name = "other"), "/envelopes"],
    [
      "narrows a definition",
      (c) => (c.definitions.id.maxLength = 5),
      "/types/0/versions/0/schema/properties/shopId/maxLength",
    ],
  ])("breaks what is published where it %s", (_, change, pointer) => {
    expect(diffOf(change).breaking).toContainEqual({ pointer, detail: expect.any(String), code: "breakingChange" });
  });

  test("may leave out what was retired or deleted", () => {
    const published = publishedBy(document);
    const schema = true;
    const types = new Map(published.types);
    types.set("order.sent", new Map([["v1", { schema, isRetired: true }]]));
    expect(diffOf((c) => c.types.pop(), { document, types }).breaking).toEqual([]);
    types.delete("order.sent");
    expect(diffOf((c) => c.types.pop(), { document, types }).breaking).toEqual([]);
  });

  test("is held against what was registered on its own, too", () => {
    const types = new Map(publishedBy(document).types);
    types.set(
      "order.lost",
      new Map([["v1", { schema: { required: ["a"], properties: { a: true } }, isRetired: false }]]),
    );
    expect(diffOf(() => {}, { document, types }).breaking).toEqual([]);
    expect(diffOf(lost({ properties: { a: true } }), { document, types }).breaking).toEqual([]);
    expect(diffOf(lost({ properties: {} }), { document, types }).breaking).toMatchObject([
      { pointer: "/types/2/versions/0/schema/properties" },
    ]);
  });
});

function lost(schema: object) {
  return (c: Json) =>
    c.types.push({ name: "order.lost", description: "Lost.", versions: [{ version: "v1", schema, example: {} }] });
}
