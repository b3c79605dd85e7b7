import { describe, expect, test } from "vitest";
import type { CatalogDocument, CatalogType, Envelope } from "#domain/catalog/document.ts";
import {
  envelopeFor,
  envelopeOf,
  exampleDocument,
  findRole,
  placeOf,
  writeEnvelope,
} from "#domain/catalog/envelope.ts";

const nested: Envelope = {
  name: "nested",
  fields: {
    version: { pointers: ["/meta/version"] },
    id: { pointers: ["/meta/id", "/id"], required: true, example: "evt-1" },
    tenantId: { pointers: ["/body/tenant", "/tenant"] },
    metadata: { pointers: ["/meta/more"], example: { region: "eu" } },
    type: { pointers: ["/a~1b"], prefix: "order.", required: true, example: "paid" },
    data: { pointers: ["/body"], required: true },
  },
  constants: [
    { pointer: "/meta/kind", value: "event" },
    { pointer: "/spec", value: 2 },
  ],
};
const bare: Envelope = {
  name: "bare",
  when: ["/template", "/data/x"],
  fields: { type: { pointers: ["/template"] }, id: { pointers: ["/id"] }, data: { pointers: [""] } },
};
const paid: CatalogType = {
  name: "order.paid",
  description: "Paid.",
  versions: [{ version: "v1", schema: true, example: { tenant: "acme", sum: 1.5 } }],
};
const catalog: CatalogDocument = {
  catalog: "shop",
  title: "Shop",
  naming: { pattern: ".*", words: "any" },
  envelopes: [bare, nested],
  types: [paid, { ...paid, name: "note", envelope: "bare" }],
};

describe("the envelope of a document", () => {
  test("is the first whose pointers all lead somewhere, else the last", () => {
    expect(envelopeOf(catalog, { template: "x", data: { x: 0 } })).toBe(bare);
    expect(envelopeOf(catalog, { template: "x", data: {} })).toBe(nested);
    expect(envelopeOf(catalog, "no object")).toBe(nested);
  });

  test("in which the gateway writes is the one that the type names, else the last", () => {
    expect(envelopeFor(catalog, "note")).toBe(bare);
    expect(envelopeFor(catalog, "order.paid")).toBe(nested);
    expect(envelopeFor(catalog, "unknown")).toBe(nested);
  });
});

describe("writing an envelope", () => {
  test("puts parts where the first pointers lead, in the order of the fields, and the constants behind them", () => {
    const parts = { id: "e1", type: "order.paid", version: "v1", tenantId: "acme", data: "{}", source: "nowhere" };
    expect(writeEnvelope(nested, parts)).toBe(
      '{"meta":{"version":"v1","id":"e1","kind":"event"},"a/b":"paid","body":{},"spec":2}',
    );
  });

  test("leaves the texts of data and metadata as they are", () => {
    const data = '{ "z":1.0,"a":1e400, "big":12345678901234567890 }';
    const text = writeEnvelope(nested, { id: "e1", type: "x", metadata: "{ }", data });
    expect(text).toBe(`{"meta":{"id":"e1","more":{ },"kind":"event"},"a/b":"x","body":${data},"spec":2}`);
  });

  test("writes nothing into data: a document that is data has nothing else", () => {
    expect(writeEnvelope(bare, { id: "e1", type: "note", data: " [1.0]" })).toBe(" [1.0]");
    expect(writeEnvelope(nested, { tenantId: "acme", type: "x", data: "null" })).not.toContain("acme");
  });

  test("gives what reading finds again", () => {
    const text = writeEnvelope(nested, {
      id: 'quote " and \n',
      type: "order.paid",
      metadata: '{"a":1}',
      data: "[1.50]",
    });
    const value: unknown = JSON.parse(text);
    expect(findRole(nested, value, "id")).toMatchObject({ pointer: "/meta/id", value: 'quote " and \n' });
    expect(findRole(nested, value, "tenantId")).toBeNull();
    const place = placeOf(nested, text, "data");
    expect(text.slice(place?.start, place?.end)).toBe("[1.50]");
  });
});

describe("the place of a role's value", () => {
  test("is that of the first pointer that leads to a value; null is none", () => {
    const text = ' {"meta":{"id":null},"id" : "e1","body":null,"tenant":"t"} ';
    expect(findRole(nested, JSON.parse(text), "id")).toMatchObject({ pointer: "/id", value: "e1" });
    const place = placeOf(nested, text, "id");
    expect(text.slice(place?.start, place?.end)).toBe('"e1"');
    expect(placeOf(nested, text, "data")).toBeNull();
    expect(placeOf(nested, text, "source")).toBeNull();
  });

  test("of a whole document leaves out the white space around it", () => {
    expect(placeOf(bare, ' {"a":1}\n', "data")).toEqual({ start: 1, end: 8 });
  });

  test("leads through lists by position", () => {
    const listed: Envelope = { name: "l", fields: { type: { pointers: ["/t"] }, data: { pointers: ["/items/1"] } } };
    expect(placeOf(listed, '{"items":[1, {"a":2}]}', "data")).toEqual({ start: 13, end: 20 });
    expect(placeOf(listed, '{"items":[1]}', "data")).toBeNull();
  });
});

test("an example document has the examples of the fields and the version's data", () => {
  const [version] = paid.versions;
  if (version === undefined) throw new Error("no version");
  expect(JSON.parse(exampleDocument(catalog, paid, version))).toEqual({
    meta: { version: "v1", id: "evt-1", more: { region: "eu" }, kind: "event" },
    "a/b": "paid",
    body: { tenant: "acme", sum: 1.5 },
    spec: 2,
  });
});
