import { describe, expect, test } from "vitest";
import type { Envelope } from "#domain/catalog/document.ts";
import {
  completeNative,
  rewriteCloudEvent,
  rewriteNative,
  rewriteStandard,
  setMember,
  type Rewriting,
} from "#domain/catalog/rewrite.ts";

const downgrade = { version: "v1", ref: "price.set.v1", data: '{"price":1.50}' };
const notice = { message: 'Use "v2".', version: "v1" };
const written = '{"message":"Use \\"v2\\".","version":"v1"}';

const envelope: Envelope = {
  name: "event",
  fields: {
    type: { pointers: ["/kind"] },
    version: { pointers: ["/head/rev", "/rev"] },
    schemaRef: { pointers: ["/schema"] },
    metadata: { pointers: ["/head/meta", "/meta"] },
    data: { pointers: ["/body"] },
  },
};

function native(text: string, rewriting: Rewriting): string {
  return rewriteNative(text, envelope, rewriting);
}

describe("a native document", () => {
  test("keeps every byte that is neither data, version nor the schema's name", () => {
    const text =
      ' {\n "rev" :"v2", "n":1e400,"schema":"price.set.v2","body" : {"a":[1,{"b":2}]}\t,"kind":"price.set"} ';
    expect(native(text, { downgrade, notice: null })).toBe(
      ' {\n "rev" :"v1", "n":1e400,"schema":"price.set.v1","body" : {"price":1.50}\t,"kind":"price.set"} ',
    );
  });

  test("whose data is the whole document is the new data", () => {
    const whole: Envelope = {
      name: "bare",
      fields: { type: { pointers: ["/kind"] }, version: { pointers: ["/rev"] }, data: { pointers: [""] } },
    };
    expect(rewriteNative('{"kind":"x","rev":"v2"}', whole, { downgrade, notice: null })).toBe('{"price":1.50}');
  });

  test("gets the notice where its metadata stands, at any of the pointers", () => {
    expect(native('{"meta":{"a":1},"body":{}}', { downgrade: null, notice })).toBe(
      `{"meta":{"a":1,"deprecation":${written}},"body":{}}`,
    );
    expect(native('{"head":{"meta":{ }},"body":{}}', { downgrade: null, notice })).toBe(
      `{"head":{"meta":{"deprecation":${written} }},"body":{}}`,
    );
  });

  test("without metadata gets it at the first pointer, with what is missing on the way", () => {
    expect(native('{"body":{}}', { downgrade: null, notice })).toBe(
      `{"body":{},"head":{"meta":{"deprecation":${written}}}}`,
    );
    expect(native('{"head":{"rev":"v1" } ,"body":{}}', { downgrade: null, notice })).toBe(
      `{"head":{"rev":"v1","meta":{"deprecation":${written}} } ,"body":{}}`,
    );
    expect(native('{"head":{"meta":null},"body":{}}', { downgrade: null, notice })).toBe(
      `{"head":{"meta":{"deprecation":${written}}},"body":{}}`,
    );
  });

  test("whose metadata is no object, or whose envelope knows none, stays as it is", () => {
    const text = '{"meta":"none","body":{}}';
    expect(native(text, { downgrade: null, notice })).toBe(text);
    const { metadata: _, ...fields } = envelope.fields;
    expect(rewriteNative(text, { ...envelope, fields }, { downgrade: null, notice })).toBe(text);
  });

  test("a notice of an earlier version that stands there is replaced", () => {
    expect(native('{"meta":{"deprecation":{"version":"v0"},"a":1},"body":{}}', { downgrade: null, notice })).toBe(
      `{"meta":{"deprecation":${written},"a":1},"body":{}}`,
    );
  });
});

describe("a standard body", () => {
  test("has the version, the data and the notice in the places where they always stand", () => {
    expect(rewriteStandard('{"id":"e","version":"v2","tenantId":"t","data":{"x":1}}', { downgrade, notice })).toBe(
      `{"id":"e","version":"v1","tenantId":"t","metadata":{"deprecation":${written}},"data":{"price":1.50}}`,
    );
  });

  test("without a version gets one", () => {
    expect(rewriteStandard('{"id":"e","data":1}', { downgrade, notice: null })).toBe(
      '{"id":"e","version":"v1","data":{"price":1.50}}',
    );
  });

  test("a member of another name that looks like data is not mistaken for it", () => {
    expect(
      rewriteStandard('{"id":"\\"data\\":","metadata":{"data":1},"data":{"data":2}}', { downgrade: null, notice }),
    ).toBe(`{"id":"\\"data\\":","metadata":{"data":1,"deprecation":${written}},"data":{"data":2}}`);
  });
});

describe("a CloudEvent", () => {
  test("has the version, its schema beside the old one, and attributes for the notice", () => {
    const text =
      '{"specversion":"1.0","dataschema":"https://x.example/a/schemas/price.set.v2","dataversion":"v2","data":{"x":1}}';
    expect(rewriteCloudEvent(text, { downgrade, notice: { ...notice, sunset: "2026-12-31" } })).toBe(
      '{"specversion":"1.0","dataschema":"https://x.example/a/schemas/price.set.v1","dataversion":"v1","deprecated":true,"sunset":"2026-12-31","data":{"price":1.50}}',
    );
  });

  test("without a schema and a version gets the version alone", () => {
    expect(rewriteCloudEvent('{"id":"e","data":1}', { downgrade, notice: null })).toBe(
      '{"id":"e","dataversion":"v1","data":{"price":1.50}}',
    );
  });
});

test("a document is completed where it leaves a part out and its envelope has a member of the document for it", () => {
  const fields = {
    ...envelope.fields,
    timestamp: { pointers: ["/at"] },
    tenantId: { pointers: ["/org", "/body/org"] },
    userId: { pointers: ["/head/who"] },
  };
  const parts = { timestamp: "2026-11-21T12:00:00.000Z", tenantId: "acme", userId: "ann" };
  const complete = (text: string) =>
    completeNative(text, { ...envelope, fields }, parts, ["timestamp", "tenantId", "userId"]);
  expect(complete('{"body" :{}}')).toBe('{"body" :{},"at":"2026-11-21T12:00:00.000Z","org":"acme"}');
  expect(complete('{"at":null,"body":{"org":"its own"}}')).toBe(
    '{"at":"2026-11-21T12:00:00.000Z","body":{"org":"its own"}}',
  );
});

test("a member is set in an empty object, at the end of a full one, and in its own place", () => {
  expect(setMember("{}", "a", "1")).toBe('{"a":1}');
  expect(setMember('{"b":2}', "a", "1")).toBe('{"b":2,"a":1}');
  expect(setMember('{"a":0,"b":2}', "a", "1")).toBe('{"a":1,"b":2}');
});

test("a new member stands before data, though the data are the text data themselves", () => {
  expect(setMember('{"id":"e","data":"data"}', "version", '"v1"', "data")).toBe(
    '{"id":"e","version":"v1","data":"data"}',
  );
});
