import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { until } from "#test/until.ts";
import { shop, version } from "../services/catalogs/shop.ts";
import { startApi, type Answer, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
let gateway: Gateway;
beforeAll(async () => {
  app = await startApi();
  gateway = await createGateway(app.databaseUrl);
  await gateway.startDeliverer();
});
afterAll(async () => {
  await gateway.close();
  await app.close();
});

const json = { "content-type": "application/json" };
const yaml = { "content-type": "application/yaml" };

/** Again where no evaluator answered: on a busy machine its process may take a second to start. */
const put = (name: string, raw: string, headers: Record<string, string> = json): Promise<Answer> =>
  until(
    async () => {
      const answer = await app.call("PUT", `/v1/catalogs/${name}`, { raw, headers });
      return answer.body?.code === "noEvaluator" ? undefined : answer;
    },
    { what: "a deliverer answered" },
  );

/** A shop with a second version of what was sent: `weight` is new in it. */
function evolved(downgrade: string): Json {
  const catalog = shop("bad");
  const second = version("v2", { weight: { type: "number" } }, { weight: 2 });
  catalog.types[1].versions.push({ ...second, downgrade });
  return catalog;
}

async function expectNothing(): Promise<void> {
  expect((await app.call("GET", "/v1/catalogs/bad")).status).toBe(404);
  expect((await app.call("GET", "/v1/event-types?catalog=bad")).body.data).toEqual([]);
}

const type = "/types/1";
const schema = `${type}/versions/0/schema`;
const downgrade = `${type}/versions/1/downgrade`;
const endless = "($f := function($x) { $f($x + 1) }; $f(1))";

describe("a catalog is refused, and nothing of it is installed,", () => {
  const cases: [string, (c: Json) => unknown, string, string][] = [
    [
      "with a dangling pointer",
      (c) => (c.types[1].orderingKey = ["/data/none"]),
      "danglingPointer",
      `${type}/orderingKey/0`,
    ],
    ["with a name that breaks its naming", (c) => (c.types[1].name = "Order Sent"), "invalidCatalog", `${type}/name`],
    ["with a name in another case", (c) => (c.types[1].name = "Order.Sent"), "nameBreaksConvention", `${type}/name`],
    [
      "with an example that fails its schema",
      (c) => (c.types[1].versions[0].example.carrier = "air"),
      "invalidExample",
      `${type}/versions/0/example/carrier`,
    ],
    ["with a duplicate", (c) => (c.types[1].name = "order.paid"), "duplicateName", `${type}/name`],
    [
      "with a version gap",
      (c) => c.types[1].versions.push(version("v3", {}, {})),
      "versionGap",
      `${type}/versions/1/version`,
    ],
    [
      "with a schema of 5 MB",
      (c) => (c.types[1].versions[0].schema.description = "x".repeat(5_000_000)),
      "schemaTooLarge",
      schema,
    ],
    [
      "with a reference in a circle",
      (c) => (c.definitions.id = { items: { $ref: "#/$defs/id" } }),
      "schemaCycle",
      "/definitions/id/items/$ref",
    ],
    [
      "with a remote reference",
      (c) => (c.types[1].versions[0].schema.properties.carrier = { $ref: "https://example.com/x" }),
      "remoteReference",
      `${schema}/properties/carrier/$ref`,
    ],
    [
      "with a pattern that hangs",
      (c) => (c.definitions.id = { pattern: "^(a+)+$" }),
      "unsafePattern",
      "/definitions/id/pattern",
    ],
    ["with a naming pattern that hangs", (c) => (c.naming.pattern = "^(a+)+$"), "unsafePattern", "/naming/pattern"],
    ["with another name than the path's", (c) => (c.catalog = "good"), "invalidCatalog", "/catalog"],
  ];
  test.each(cases)("%s", async (_, change, code, pointer) => {
    const catalog = shop("bad");
    change(catalog);
    const { body } = await put("bad", JSON.stringify(catalog));
    expect(body).toMatchObject({ status: 422, code, errors: [{ pointer, code, detail: expect.any(String) }] });
    await expectNothing();
  });

  test.each([
    ["that leaves out what the older version asks for", '$ ~> |$|{}, ["weight", "shopId"]|', "invalidDowngrade"],
    ["that gives another type", "5", "invalidDowngrade"],
    ["that gives nothing", "none", "invalidDowngrade"],
    ["that fails", "$number(shopId)", "invalidDowngrade"],
    ["that never ends", endless, "expressionTimeout"],
    ["that is none", "$merge([", "invalidExpression"],
    ["that calls what may not be called", "$eval('1')", "invalidExpression"],
  ])("with a downgrade %s", async (_, expression, code) => {
    const { body } = await put("bad", JSON.stringify(evolved(expression)));
    expect(body).toMatchObject({ status: 422, code, errors: [{ pointer: downgrade, code }] });
    await expectNothing();
  });

  test.each([
    ["a filter", (c: Json) => (c.templates[0].filter = endless), "/templates/0/filter"],
    ["a transform", (c: Json) => (c.templates[0].transform = endless), "/templates/0/transform"],
    ["derived events", derive, "/types/0/derives/0/documents"],
  ])("with %s that never ends", async (_, change, pointer) => {
    const catalog = shop("bad");
    change(catalog);
    const { body } = await put("bad", JSON.stringify(catalog));
    expect(body).toMatchObject({ status: 422, code: "expressionTimeout", errors: [{ pointer }] });
    await expectNothing();
  });

  test.each([
    ["that is not JSON", "{", json, 400, "malformedJson"],
    ["that is not YAML", "a: [", yaml, 422, "invalidCatalog"],
    ["that names a member twice", '{"catalog":"bad","catalog":"bad"}', json, 422, "duplicateMember"],
    ["that is a list", "- a\n- b\n", yaml, 422, "invalidCatalog"],
    ["that is empty", "", yaml, 422, "invalidCatalog"],
    ["of another type", "<catalog/>", { "content-type": "application/xml" }, 415, "unsupportedMediaType"],
    ["that is larger than a catalog may be", " ".repeat(9_000_000), json, 413, "bodyTooLarge"],
  ])("as a body %s", async (_, raw, headers, status, code) => {
    expect((await put("bad", raw, headers)).body).toMatchObject({ status, code });
    await expectNothing();
  });

  test("with a schema of 5 MB in YAML, too", async () => {
    const catalog = shop("bad");
    catalog.types[1].versions[0].schema.description = "x".repeat(5_000_000);
    const { body } = await put("bad", stringify(catalog), yaml);
    expect(body).toMatchObject({ code: "schemaTooLarge", errors: [{ pointer: schema }] });
    await expectNothing();
  });
});

function derive(catalog: Json): void {
  catalog.types[0].derives = [{ type: "order.sent", documents: endless }];
}

test("an installed catalog stays as it was where its new document cannot be used", async () => {
  await put("kept", JSON.stringify(shop("kept")));
  const before = await app.call("GET", "/v1/catalogs/kept");
  const refused = { ...evolved("5"), catalog: "kept" };
  expect((await put("kept", JSON.stringify(refused))).body.code).toBe("invalidDowngrade");
  expect((await app.call("GET", "/v1/catalogs/kept")).text).toBe(before.text);
});

test("a downgrade that gives what the older version asks for is taken", async () => {
  const catalog = { ...evolved('$ ~> |$|{"carrier": "road"}, "weight"|'), catalog: "taken" };
  expect((await put("taken", JSON.stringify(catalog))).status).toBe(201);
  const { body } = await app.call("GET", "/v1/event-types/order.sent?catalog=taken");
  expect(body.versions.map((v: Json) => [v.version, v.downgrade])).toEqual([
    ["v2", true],
    ["v1", false],
  ]);
});

test.each(["contently", "user-management", "alga-psa", "base-events", "organization-notifications"])(
  "the built-in catalog %s is installed, and a second time changes nothing",
  async (name) => {
    const text = readFileSync(`src/catalogs/${name}.yaml`, "utf8");
    expect((await put(name, text, yaml)).body).toMatchObject({ catalog: name, revision: 1, changed: true });
    expect((await put(name, text, yaml)).body).toMatchObject({ catalog: name, revision: 1, changed: false });
  },
);
