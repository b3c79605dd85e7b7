import { RE2JS } from "re2js";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "#test/database.ts";
import { calledFor, categories, commonFields, exampleEvents, exampleNames } from "./documents/contently.ts";
import {
  faultsOf,
  fieldsOf,
  mistakesOf,
  readCatalog,
  requiredFields,
  typeOf,
  validatorOf,
  versionOf,
} from "./support.ts";

const catalog = readCatalog("contently");
const published = catalog.types.filter((type) => type.gateway !== true);

test("the catalog has the document's twelve categories, in its words and order", () => {
  const printed = [...categories.matchAll(/^### \d+\. (.+)\n(.+)$/gm)].map(([, name, description]) => ({
    name,
    description,
  }));
  expect(printed).toHaveLength(12);
  expect(catalog.categories).toEqual(printed);
});

test("the catalog has the event types that the categories' descriptions call for, and no others", () => {
  const expected = calledFor.flatMap(([category, , names]) => names.map((name) => `${category}: ${name}`));
  expect(catalog.types.map((type) => `${type.category}: ${type.name}`).toSorted()).toEqual(expected.toSorted());
});

test.each(calledFor)("the description of the %s has the words %j", (category, words) => {
  expect(catalog.categories?.find((c) => c.name === category)?.description).toContain(words);
});

test("each category has four event types at least", () => {
  const counts = catalog.categories?.map(({ name }) => catalog.types.filter((t) => t.category === name).length) ?? [];
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(4);
});

test("every schema can be registered, every example is valid, and every name follows the convention", () => {
  expect(mistakesOf(catalog)).toEqual([]);
});

test("every type has one version, 1", () => {
  expect(new Set(catalog.types.map((type) => type.versions.map((v) => v.version).join()))).toEqual(new Set(["1"]));
});

describe("the naming convention {Domain}.{Action}.{Detail}", () => {
  const naming = RE2JS.compile(catalog.naming.pattern);

  test.each([...exampleNames, "API.Key.Created", "User.MFA.Enabled", "Content.V2.Published"])("allows %s", (name) => {
    expect(naming.matches(name)).toBe(true);
  });

  test.each([
    "Content",
    "content.Published",
    "Content.published",
    "Content.Card.added",
    "User.Login.Succeeded.Twice",
    "User..Succeeded",
    "User.Login.",
    ".Login",
    "User_Login.Succeeded",
    "User.Log-in",
    "User Login.Succeeded",
    "USER_LOGIN",
    "2FA.Enabled",
    "Content.Published\n",
    "",
  ])("refuses %j", (name) => {
    expect(naming.matches(name)).toBe(false);
  });
});

describe("the document's three examples", () => {
  test.each(exampleEvents)("a $name with the common fields alone is valid", ({ name, text }) => {
    const bodies = ["EventType", "EventName"].map((member) => text.replace("{", `{"${member}":"${name}",`));
    expect(bodies.flatMap((body) => faultsOf(catalog, body))).toEqual([]);
  });

  test.each(exampleEvents)("a $name that does not say what it is has no type", ({ text }) => {
    expect(faultsOf(catalog, text)).toEqual(["the envelope lacks its type"]);
    for (const member of ["Type", "Event"])
      expect(faultsOf(catalog, text.replace("{", `{"${member}":"Article",`))).toEqual(["the envelope lacks its type"]);
  });

  test.each(exampleEvents)("a $name may say more than anybody knows of", ({ name, text }) => {
    expect(faultsOf(catalog, text.replace("{", `{"EventType":"${name}","Campaign":{"Name":"Winter"},`))).toEqual([]);
  });
});

describe("the common fields", () => {
  test("are the ones of the document", () => {
    expect([...commonFields.matchAll(/\*\*(\w+)\*\*/g)].map(([, name]) => name)).toEqual([
      "Timestamp",
      "AccountId",
      "UserId",
    ]);
  });

  test.each(published.map((type) => type.name))(
    "%s requires its Timestamp, an AccountId where it is not of the whole platform, and nothing else",
    (name) => {
      const required = name.startsWith("System.") ? ["Timestamp"] : ["Timestamp", "AccountId"];
      expect(requiredFields(catalog, name)).toEqual(required);
      const { schema } = versionOf(typeOf(catalog, name));
      expect(Reflect.get(objectOf(schema), "required")).toEqual(required);
    },
  );

  test.each(published.map((type) => type.name))("%s takes a date and time, and texts, for them", (name) => {
    const { example } = versionOf(typeOf(catalog, name));
    const validator = validatorOf(catalog, name);
    const faults = (change: object) => validator.validate({ ...objectOf(example), ...change }).map((f) => f.pointer);
    for (const Timestamp of ["2024-12-02", "yesterday", "", 1_733_131_800, null])
      expect(faults({ Timestamp })).toEqual(["/Timestamp"]);
    for (const value of ["", 17, null]) {
      expect(faults({ AccountId: value })).toEqual(["/AccountId"]);
      expect(faults({ UserId: value })).toEqual(["/UserId"]);
    }
    expect(faults({ AccountId: "account-123", UserId: "user-456" })).toEqual([]);
  });

  test("no field of a type is taken for the type or the id of the event", () => {
    const [envelope] = catalog.envelopes;
    const taken = [...(envelope?.fields.type.pointers ?? []), ...(envelope?.fields.id?.pointers ?? [])];
    const fields = new Set(published.flatMap((type) => fieldsOf(versionOf(type).example)));
    expect(taken.filter((pointer) => fields.has(pointer.slice(1)))).toEqual([]);
  });
});

describe("the API category", () => {
  test("holds the gateway's own events, all of them, and nothing else is the gateway's", async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query("select unnest(posthorn.operational_types()) as name");
    await client.end();
    await database.drop();
    const names = catalog.types.filter((type) => type.category === "API Events").map((type) => type.name);
    expect(new Set(names)).toEqual(new Set(rows.map((row) => row.name)));
    expect(catalog.types.filter((type) => type.gateway === true).map((type) => type.name)).toEqual(names);
  });

  test.each([
    ["API.Key.Created", "ApiKeyId KeyName AccountId CreatedBy Permissions Timestamp", "ExpiresAt"],
    ["API.Key.Revoked", "ApiKeyId AccountId RevokedBy Reason Timestamp", ""],
    ["API.Request.Received", "RequestId Endpoint Method ApiKeyId AccountId IPAddress Timestamp", ""],
    ["API.Webhook.Registered", "WebhookId Url Events RegisteredBy AccountId Timestamp", ""],
    ["API.Webhook.Updated", "WebhookId UpdatedBy Fields AccountId Timestamp", ""],
    ["API.Webhook.Deleted", "WebhookId DeletedBy AccountId Timestamp", ""],
    ["API.Webhook.Enabled", "WebhookId EnabledBy AccountId Timestamp", ""],
    ["API.Webhook.Disabled", "WebhookId Reason AccountId Timestamp", "DisabledBy"],
    ["API.Webhook.Triggered", "WebhookId AccountId EventType EventId DeliveryId ResponseStatus Timestamp", ""],
    ["API.Webhook.Failed", "WebhookId AccountId EventType EventId DeliveryId FailureReason RetryCount Timestamp", ""],
    [
      "API.Webhook.Exhausted",
      "WebhookId AccountId EventType EventId DeliveryId FailureReason RetryCount Timestamp",
      "",
    ],
    ["API.Webhook.SecretRotated", "WebhookId RotatedBy OverlapSeconds AccountId Timestamp", ""],
    ["API.Webhook.Recovered", "WebhookId AccountId Timestamp", ""],
    ["API.Webhook.ReplayCompleted", "WebhookId ReplayId Matched Admitted Delivered Failed AccountId Timestamp", ""],
    ["API.Webhook.Test", "message test", ""],
  ])("%s has the fields %s, and may have %j", (name, required, optional) => {
    expect(requiredFields(catalog, name).toSorted()).toEqual(required.split(" ").toSorted());
    const { schema } = versionOf(typeOf(catalog, name));
    const known = Object.keys(objectOf(Reflect.get(objectOf(schema), "properties")));
    expect(known.toSorted()).toEqual(`${required} ${optional}`.trim().split(" ").toSorted());
  });
});

function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
