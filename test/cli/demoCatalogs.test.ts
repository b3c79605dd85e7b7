import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { builtInNames, readSource } from "#cli/catalog/source.ts";
import { balance } from "#cli/demo/books.ts";
import { type CatalogRow, catalogRow } from "#cli/demo/catalogRow.ts";
import { membersAdded } from "#cli/demo/derived.ts";
import { samplesOf, writeDocument } from "#cli/demo/documents.ts";
import { createInspector } from "#cli/demo/inspect.ts";
import { planCatalog, planMass } from "#cli/demo/publish.ts";
import { type Temper, openReceiver } from "#cli/demo/receivers.ts";
import { catalogsTable } from "#cli/demo/table.ts";
import type { CatalogTenant, DemoTenant } from "#cli/demo/tenants.ts";
import { paintFor } from "#cli/terminal.ts";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { envelopeOf, readRoles } from "#domain/catalog/envelope.ts";

const plain = paintFor({ isTTY: false }, {});

function read(name: string): CatalogDocument {
  return parse(readSource(name).text);
}

async function tenantOf(id: string, temper: Temper): Promise<DemoTenant> {
  const receiver = await openReceiver(temper);
  onTestFinished(receiver.close);
  return { id, name: id, temper, receiver, published: new Set(), derived: new Set(), notifications: [] };
}

async function catalogTenant(name: string): Promise<CatalogTenant> {
  const catalog = read(name);
  return { ...(await tenantOf(name, "healthy")), catalog, inspector: createInspector(catalog) };
}

/** A tenant for which everything was published and arrived, notifications and all. */
async function arrived(name: string): Promise<CatalogTenant> {
  const tenant = await catalogTenant(name);
  const accept = (id: string, body: string): void => {
    tenant.receiver.tally.accepted.set(id, 1);
    tenant.inspector.inspect(id, body);
  };
  for (const { id, text } of planCatalog("run", tenant)) {
    tenant.published.add(id);
    accept(id, text);
  }
  for (const [n, notification] of tenant.notifications.entries()) {
    const [type, recipient] = notification.split(" to ");
    const data = { teamName: "E", organizationName: "A", addedByName: "J", teamLink: "https://app.example.com/t" };
    tenant.derived.add(`evt_${n}`);
    const document = { type, template: "team_member_added", recipients: [recipient], data, priority: "normal" };
    accept(`evt_${n}`, JSON.stringify(document));
  }
  return tenant;
}

function rowOf(tenant: CatalogTenant): CatalogRow {
  const { name, published, derived, receiver } = tenant;
  const deliveries = [...published, ...derived].map((eventId) => ({ eventId, status: "delivered" }));
  return catalogRow(tenant, balance({ name, published, derived, tally: receiver.tally, deliveries }));
}

test.each(builtInNames())("each document of %s has its type, and the demo's id and tenant", (name) => {
  const catalog = read(name);
  for (const sample of samplesOf(catalog)) {
    const text = writeDocument(sample, { id: "evt-1", tenantId: "acme" });
    const document: unknown = JSON.parse(text);
    const envelope = envelopeOf(catalog, document);
    const roles = readRoles(envelope, document);
    expect(roles.get("id")?.value).toBe("evt-1");
    expect(roles.get("tenantId")?.value).toBe("acme");
    expect(`${envelope.fields.type.prefix ?? ""}${String(roles.get("type")?.value)}`).toBe(sample.type.name);
    expect(JSON.stringify(document)).not.toBe(text);
  }
});

test("whole numbers are written as 3.0 where they are numbers, and stay as they are in texts", () => {
  const catalog = read("alga-psa");
  const texts = samplesOf(catalog).map((sample) => writeDocument(sample, { id: 'a": 3,', tenantId: "acme" }));
  expect(texts.some((text) => /: \d+\.0,?$/m.test(text))).toBe(true);
  for (const text of texts) expect(JSON.parse(text)).toMatchObject({ event_id: 'a": 3,' });
});

test("the plan of a catalog names each version of each type once, with an id of its own", async () => {
  const tenant = await catalogTenant("base-events");
  const planned = planCatalog("run", tenant);
  expect(planned).toHaveLength(samplesOf(tenant.catalog).length);
  expect(new Set(planned.map(({ id }) => id)).size).toBe(planned.length);
  const tasks = planned.map(({ text }) => JSON.parse(text)).filter(({ eventType }) => eventType === "TaskUpdated");
  expect(tasks.map(({ eventVersion }) => eventVersion)).toEqual(["v1", "v2"]);
});

test("further events are dealt four to one, each with an id of its own, without the types that are throttled", async () => {
  const tenants = [await tenantOf("flaky", "flaky"), await tenantOf("dead", "dead")];
  const planned = planMass("run", tenants, builtInNames().map(read), 2000);
  expect(new Set(planned.map(({ id }) => id)).size).toBe(2000);
  expect(planned.filter(({ tenant }) => tenant.temper === "flaky")).toHaveLength(1600);
  const notifications = planned.filter(({ catalog }) => catalog === "organization-notifications");
  expect(notifications.some(({ text }) => text.includes('"organization.created"'))).toBe(true);
  expect(notifications.some(({ text }) => text.includes('"team.members_added"'))).toBe(false);
});

test.each(builtInNames())(
  "all of %s is found as it should be where every document arrives as published",
  async (name) => {
    const row = rowOf(await arrived(name));
    expect(row.faults).toEqual([]);
    expect(row.same).toBe(row.published);
    expect(row.valid).toBe(row.published + row.derived);
  },
);

test("bytes that differ, data that breaks its schema and a type of elsewhere are each found", async () => {
  const tenant = await arrived("base-events");
  const { inspect, expect: expectText, findings } = tenant.inspector;
  const document = { eventType: "MemberAdded", eventVersion: "v1", data: {} };
  expectText("run_base-events_1", "other");
  for (const set of [findings.same, findings.valid]) set.delete("run_base-events_1");
  inspect("run_base-events_1", JSON.stringify(document));
  expect(rowOf(tenant).faults).toEqual([
    expect.stringMatching(/^1 not as published: run_base-events_1: its bytes differ; MemberAdded v1: /),
    "1 did not arrive byte for byte",
    "1 without valid data",
  ]);
  inspect("run_base-events_1", '{"eventType":"Unheard","eventVersion":"v1"}');
  expect(findings.wrong.get("run_base-events_1")).toContain("Unheard v1 is not in the catalog");
});

test("a notification that is missing, or goes to somebody else, is found", async () => {
  const tenant = await arrived("organization-notifications");
  expect(tenant.notifications).toEqual(membersAdded({ id: "a", tenantId: "b" }).notifications);
  tenant.inspector.findings.strangers.delete("evt_0");
  expect(rowOf(tenant).faults).toEqual([
    "What followed was email to user2@example.com, in-app to user-1, in-app to user-2, and not email to user1@example.com, in-app to user-1, email to user2@example.com, in-app to user-2",
  ]);
});

test("the catalogs' table has a marked row for each, and fits a terminal of 100 columns", async () => {
  const rows = await Promise.all(builtInNames().map(async (name) => rowOf(await arrived(name))));
  const lines = catalogsTable(rows, plain);
  expect(lines).toHaveLength(2 + rows.length);
  expect(lines.slice(2).every((line) => line.startsWith("✓ "))).toBe(true);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});
