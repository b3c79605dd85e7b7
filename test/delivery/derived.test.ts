import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { decodeId } from "#domain/ids.ts";
import { arrival, deliveryIn, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { catalogOf, install, publishNative, publishTo, typeOf } from "./catalogs.ts";

const gateway = useDeliveringGateway();
const catalog = "organization-notifications";

beforeAll(async () => {
  const document: CatalogDocument = parse(readFileSync("src/catalogs/organization-notifications.yaml", "utf8"));
  await install(gateway(), document);
});

const metadata = JSON.stringify({
  recipients: { "user-1": "user1@example.com", "user-2": "user2@example.com" },
  teamName: "Engineering",
  organizationName: "Acme Corp",
  addedByName: "John Admin",
  teamLink: "https://app.example.com/teams/team-1",
});
const added = '{"teamId":"team-1","organizationId":"org-1","userIds":["user-1","user-2"],"addedBy":"user-9"}';

const change = (user: string): string =>
  `{"organizationId":"org-1","userId":"${user}","oldRoleId":"r1","newRoleId":"r2","oldRoleName":"Member","newRoleName":"Admin","changedBy":"user-9"}`;

/** A tenant with an endpoint for the notifications alone. */
async function notified() {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url, eventTypes: ["notification.*"], payloadFormat: "native" });
  return { receiver, place: { tenantId, catalog, type: "team.members_added" } };
}

interface DerivedRow {
  readonly type: string;
  readonly user_id: string;
  readonly metadata: string;
  readonly native: string;
  readonly verdict: string | null;
  readonly fan_out_after: string | null;
}

async function derivedFrom(tenantId: string, id: string): Promise<DerivedRow[]> {
  return gateway().rows(
    "select * from posthorn.events where tenant_id = $1 and metadata::jsonb ->> 'derivedFrom' = $2 order by id",
    [tenantId, id],
  );
}

/** All that follow, once each of them is fanned out. */
async function allDerived(tenantId: string, id: string, count: number): Promise<DerivedRow[]> {
  const done = async () => {
    const rows = await derivedFrom(tenantId, id);
    return rows.length === count && rows.every((row) => row.fan_out_after === null) && rows;
  };
  return until(done, { what: `${count} events have followed and are fanned out` });
}

test("one notification for each id of userIds and each channel, an event of its own, delivered in its own form", async () => {
  const { receiver, place } = await notified();
  const id = await publishTo(gateway(), place, added, { metadata });
  const rows = await allDerived(place.tenantId, id, 4);
  expect(rows.map((row) => [row.type, row.user_id])).toEqual(
    ["user-1", "user-1", "user-2", "user-2"].map((user) => ["notification.team_member_added", user]),
  );
  await until(() => receiver.requests.length >= 4, { what: "four notifications arrived" });
  const documents = receiver.requests.map((r) => JSON.parse(r.body));
  expect(documents.map((d) => `${d.type} ${d.recipients.join()}`).toSorted()).toEqual([
    "email user1@example.com",
    "email user2@example.com",
    "in-app user-1",
    "in-app user-2",
  ]);
  expect(new Set(receiver.requests.map((r) => r.headers["webhook-id"]))).toHaveProperty("size", 4);
  expect(new Set(receiver.requests.map((r) => r.body))).toEqual(new Set(rows.map((row) => row.native)));
});

test("a trigger without recipients derives nothing and is delivered itself", async () => {
  const { place } = await notified();
  const receiver = await receiverOfTest();
  await gateway().endpoint({ tenantId: place.tenantId, url: receiver.url, eventTypes: ["team.*"] });
  const id = await publishTo(gateway(), place, added);
  await deliveryIn(gateway(), id, "delivered");
  expect(await derivedFrom(place.tenantId, id)).toEqual([]);
});

test("a user who has switched it off gets none, by mail or in-app; the others get theirs", async () => {
  const { receiver, place } = await notified();
  await gateway().rows(
    "insert into posthorn.preferences (tenant_id, catalog, user_id, name, enabled) values ($1, $2, 'user-1', 'team_updates', false)",
    [place.tenantId, catalog],
  );
  const id = await publishTo(gateway(), place, added, { metadata });
  const rows = await allDerived(place.tenantId, id, 4);
  expect(rows.map((row) => [row.user_id, row.verdict])).toEqual([
    ["user-1", "preference"],
    ["user-1", "preference"],
    ["user-2", null],
    ["user-2", null],
  ]);
  await until(() => receiver.requests.length >= 2, { what: "two notifications arrived" });
  expect(receiver.requests.every((r) => r.body.includes("user2") || r.body.includes("user-2"))).toBe(true);
});

describe("a notification for several, of whom some have switched it off", () => {
  const admins = { recipients: ["a@example.com", "b@example.com", "c@example.com"], adminIds: ["ann", "bob", "eve"] };
  const more = {
    organizationName: "Acme Corp",
    configuredByName: "John Admin",
    ssoSettingsLink: "https://app.example.com/org/org-1/settings/sso",
  };

  /** The notification that follows once single sign-on was configured, while those users have org_updates off. */
  async function configured(off: readonly string[], given: object) {
    const { receiver, place } = await notified();
    for (const user of off)
      await gateway().rows(
        "insert into posthorn.preferences (tenant_id, catalog, user_id, name, enabled) values ($1, $2, $3, 'org_updates', false)",
        [place.tenantId, catalog, user],
      );
    const data = '{"organizationId":"org-1","provider":"Azure AD","configuredBy":"user-9"}';
    const trigger = { ...place, type: "organization.sso_configured" };
    const id = await publishTo(gateway(), trigger, data, { metadata: JSON.stringify({ ...given, ...more }) });
    const [row] = await allDerived(place.tenantId, id, 1);
    const { recipients } = JSON.parse(row?.native ?? "");
    return { receiver, recipients, verdict: row?.verdict, users: JSON.parse(row?.metadata ?? "").derivedFor };
  }

  test("goes to the others", async () => {
    const { receiver, recipients, ...rest } = await configured(["bob"], admins);
    expect({ recipients, ...rest }).toEqual({
      recipients: ["a@example.com", "c@example.com"],
      verdict: null,
      users: ["ann", "eve"],
    });
    expect(JSON.parse((await arrival(receiver)).body).recipients).toEqual(recipients);
  });

  test("goes to the others where their addresses are given by their ids", async () => {
    const recipients = { ann: "a@example.com", bob: "b@example.com" };
    expect(await configured(["ann"], { recipients })).toMatchObject({ recipients: ["b@example.com"], users: ["bob"] });
  });

  test("is made for all, and skipped, where nobody is left", async () => {
    const recipients = { ann: "a@example.com", bob: "b@example.com" };
    const made = await configured(["ann", "bob"], { recipients });
    expect(made).toMatchObject({ recipients: ["a@example.com", "b@example.com"], verdict: "preference" });
    expect(made.receiver.requests).toEqual([]);
  });

  test("goes to all where nobody says whose address is whose", async () => {
    const made = await configured(["ann"], { ...admins, adminIds: ["ann", "bob"] });
    expect(made).toMatchObject({ recipients: admins.recipients, verdict: null });
    expect(await configured(["ann"], { recipients: admins.recipients })).toMatchObject({
      recipients: admins.recipients,
      verdict: null,
    });
  });
});

test("what derives sees the event's own time where the publisher left it out", async () => {
  const { place } = await notified();
  const beside = '"recipients":["user@example.com"],"dataRetentionDays":30,"supportEmail":"support@example.com"';
  const data = '{"userId":"user-1","email":"user@example.com","deletedBy":"user-1"}';
  const type = "user.account_deleted";
  const native = `{"type":"${type}","data":${data},"metadata":{${beside}}}`;
  const id = await publishNative(gateway(), { ...place, type }, { version: "v1", data, native });
  const [row] = await allDerived(place.tenantId, id, 1);
  const [event] = await gateway().rows<{ native: string; timestamp: string }>(
    "select native, body::json ->> 'timestamp' as timestamp from posthorn.events where id = $1",
    [decodeId("event", id)],
  );
  expect(JSON.parse(row?.native ?? "").data.deletionDate).toBe(event?.timestamp);
  expect([row?.verdict, event?.native]).toEqual([null, native]);
});

test("ten notifications of changed roles an hour for each user, e-mail and in-app together", async () => {
  const { place } = await notified();
  const type = "organization.member_role_changed";
  const more = JSON.stringify({
    recipients: ["user@example.com"],
    organizationName: "Acme Corp",
    changedByName: "John Admin",
    permissionsLink: "https://app.example.com/permissions",
  });
  for (let i = 0; i < 6; i++) await publishTo(gateway(), { ...place, type }, change("user-1"), { metadata: more });
  await publishTo(gateway(), { ...place, type }, change("user-2"), { metadata: more });
  const outcomes = async () => {
    const rows = await gateway().rows<{ user_id: string; outcome: string; count: number }>(
      `select e.user_id, concat_ws(' ', d.status, d.reason) as outcome, count(*)::int as count
       from posthorn.deliveries d join posthorn.events e on e.id = d.event_id
       where d.tenant_id = $1 and d.status in ('delivered', 'skipped', 'failed') group by 1, 2 order by 1, 2`,
      [place.tenantId],
    );
    return rows.reduce((sum, row) => sum + row.count, 0) === 14 && rows;
  };
  expect(await until(outcomes, { what: "14 notifications are settled" })).toEqual([
    { user_id: "user-1", outcome: "delivered", count: 10 },
    { user_id: "user-1", outcome: "skipped throttled", count: 2 },
    { user_id: "user-2", outcome: "delivered", count: 2 },
  ]);
});

test("a derived document that breaks its schema is an event all the same, and its delivery fails visibly", async () => {
  const { place } = await notified();
  const without = JSON.stringify({ ...JSON.parse(metadata), teamLink: "no link" });
  const id = await publishTo(gateway(), place, added, { metadata: without });
  const rows = await allDerived(place.tenantId, id, 4);
  expect(rows.map((row) => row.verdict)).toEqual(Array.from({ length: 4 }, () => "invalidEvent"));
  const deliveries = await gateway().rows<{ status: string; reason: string; detail: string }>(
    "select status, reason, detail from posthorn.deliveries where tenant_id = $1",
    [place.tenantId],
  );
  const detail = expect.stringMatching(/^the event's data does not match its schema: \/data\/teamLink must /);
  expect(deliveries).toEqual(Array.from({ length: 4 }, () => ({ status: "failed", reason: "invalidEvent", detail })));
});

test("a derived document that names a version which is not there fails visibly", async () => {
  const document = catalogOf([
    typeOf("it.happened", [true], {
      derives: [{ type: "it.followed", documents: '{"document": {"kind": "it.followed", "rev": "v9", "body": 1}}' }],
    }),
    typeOf("it.followed", [true]),
  ]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url, eventTypes: ["it.followed"] });
  const place = { tenantId, catalog: document.catalog, type: "it.happened" };
  const id = await publishTo(gateway(), place, "1", { version: "v1" });
  const [followed] = await allDerived(tenantId, id, 1);
  expect(followed).toMatchObject({ verdict: "invalidEvent" });
  const [delivery] = await gateway().rows("select detail from posthorn.deliveries where tenant_id = $1", [tenantId]);
  expect(delivery).toEqual({ detail: "the event type has no version v9" });
  expect(receiver.requests).toEqual([]);
});

test("from an event whose data breaks its schema nothing follows", async () => {
  const { place } = await notified();
  const receiver = await receiverOfTest();
  await gateway().endpoint({ tenantId: place.tenantId, url: receiver.url, eventTypes: ["team.*"] });
  const id = await publishTo(gateway(), place, '{"userIds":["user-1"]}', { metadata });
  expect(await deliveryIn(gateway(), id, "failed")).toMatchObject({ reason: "invalidEvent" });
  expect(await derivedFrom(place.tenantId, id)).toEqual([]);
});

test("an expression that fails derives nothing and is said in the log; the event itself is delivered", async () => {
  const document = catalogOf([
    typeOf("it.happened", [true], { derives: [{ type: "it.followed", documents: "$number(body.n)" }] }),
    typeOf("it.followed", [true]),
  ]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  const place = { tenantId, catalog: document.catalog, type: "it.happened" };
  for (const data of ['{"n":"x"}', '{"n":"1"}'])
    await deliveryIn(gateway(), await publishTo(gateway(), place, data), "delivered");
  expect(gateway().warnings.filter((line) => line.includes("it.followed"))).toHaveLength(2);
  expect(receiver.requests).toHaveLength(2);
});
