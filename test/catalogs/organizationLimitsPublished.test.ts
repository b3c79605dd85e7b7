import { describe, expect, test } from "vitest";
import type { Json } from "../api/harness.ts";
import { cases, teamAdded } from "./documents/organization-notifications-metadata.ts";
import { definitions, rateLimits } from "./documents/organization-notifications.ts";
import { invalidAt, useRunningGateway } from "./running.ts";

const running = useRunningGateway("organization-notifications");
const catalog = "organization-notifications";

const definitionOf = (event: string): Json => definitions.find((d) => d.event === event);
const triggerOf = (event: string): Json => JSON.parse(definitionOf(event).trigger);
const payloadOf = (event: string): Json => JSON.parse(definitionOf(event).payload);
const limitOf = (row: string): number => rateLimits.find(([name]) => name === row)?.[1] ?? 0;

/** The printed invitation, which says its organization in metadata. */
const invitationOf = (organizationId: string): Json => ({
  ...payloadOf("invitation.created"),
  metadata: { organizationId },
});

const unknownAt = (pointer: string) => ({ status: 422, body: { code: "unknownEventType", errors: [{ pointer }] } });

/** The trigger as printed, of the tenant and with other data. */
function trigger(event: string, tenantId: string, data: object = {}): Json {
  const document = triggerOf(event);
  return { ...document, tenantId, data: { ...document.data, ...data } };
}

/** Publishes so many of the document in one call, and waits until the tenant has `total` settled deliveries. */
async function publish(
  document: Json,
  { count = 1, total, query = "" }: { count?: number; total: number; query?: string },
) {
  const list = Array.from({ length: count }, () => document);
  const said = new URLSearchParams(query).get("tenantId");
  const tenantId = document.tenantId ?? document.metadata?.organizationId ?? said ?? "platform";
  const { status, body } = await running().publish(catalog, JSON.stringify(list), query);
  expect([status, body.data.filter(({ id }: Json) => id === undefined)]).toEqual([202, []]);
  return running().outcomes(tenantId, total);
}

describe("rate limits", () => {
  test("the 51st invitation of an organization in 24 hours is skipped, another organization's is not", async () => {
    const [max, tenantId] = [limitOf("invitation.created"), await running().app.tenant()];
    const listener = await running().listen(tenantId, { eventTypes: ["invitation.created"] });
    const ours = trigger("invitation.created", tenantId, { organizationId: "org-1" });
    const theirs = trigger("invitation.created", tenantId, { organizationId: "org-2" });
    expect(await publish(ours, { count: max, total: max })).toEqual([`invitation.created: ${max} delivered`]);
    const skipped = "invitation.created: 1 skipped throttled";
    expect(await publish(ours, { total: max + 1 })).toEqual([`invitation.created: ${max} delivered`, skipped]);
    expect(await publish(theirs, { total: max + 2 })).toEqual([`invitation.created: ${max + 1} delivered`, skipped]);
    expect((await listener.heard(max + 1)).filter(({ body }) => body.includes("org-2"))).toHaveLength(1);
    const other = await running().app.tenant();
    await running().listen(other);
    expect(await publish({ ...ours, tenantId: other }, { total: 1 })).toEqual(["invitation.created: 1 delivered"]);
    expect(max).toBe(50);
  });

  test("of more invitations than that, from eight publishers at once and with two deliverers, no more get through", async () => {
    const [max, tenantId] = [limitOf("invitation.created"), await running().app.tenant()];
    const second = await running().gateway.startDeliverer();
    const listener = await running().listen(tenantId);
    const list = JSON.stringify(Array.from({ length: 8 }, () => trigger("invitation.created", tenantId)));
    const answers = await Promise.all(Array.from({ length: 8 }, () => running().publish(catalog, list)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 202));
    expect(await running().outcomes(tenantId, 64)).toEqual([
      `invitation.created: ${max} delivered`,
      `invitation.created: ${64 - max} skipped throttled`,
    ]);
    expect(await listener.heard(max)).toHaveLength(max);
    await second.stop();
  });

  test("the 101st addition to teams in an hour is skipped, another organization's is not", async () => {
    const [max, tenantId, other] = [
      limitOf("team.members_added"),
      await running().app.tenant(),
      await running().app.tenant(),
    ];
    await running().listen(tenantId);
    await running().listen(other);
    const ours = trigger("team.members_added", tenantId);
    expect(await publish(ours, { count: max, total: max })).toEqual([`team.members_added: ${max} delivered`]);
    expect(await publish(ours, { total: max + 1 })).toContain("team.members_added: 1 skipped throttled");
    expect(await publish(trigger("team.members_added", other), { total: 1 })).toEqual([
      "team.members_added: 1 delivered",
    ]);
    expect(max).toBe(100);
  });

  test("the 11th change of a user's role in an hour is skipped, another user's is not", async () => {
    const [max, tenantId] = [limitOf("Role change notifications"), await running().app.tenant()];
    await running().listen(tenantId);
    const type = "organization.member_role_changed";
    const ours = trigger(type, tenantId);
    expect(await publish(ours, { count: max, total: max })).toEqual([`${type}: ${max} delivered`]);
    const skipped = `${type}: 1 skipped throttled`;
    expect(await publish(ours, { total: max + 1 })).toEqual([`${type}: ${max} delivered`, skipped]);
    const other = trigger(type, tenantId, { userId: "user-790" });
    expect(await publish(other, { total: max + 2 })).toEqual([`${type}: ${max + 1} delivered`, skipped]);
    expect(max).toBe(10);
  });

  test("notifications that follow from triggers are limited like them", async () => {
    const [max, tenantId] = [limitOf("invitation.created"), await running().app.tenant()];
    await running().listen(tenantId, { eventTypes: ["notification.*"] });
    const metadata = { recipients: [], ...cases.find((c) => c.event === "invitation.created")?.metadata };
    const document = { ...trigger("invitation.created", tenantId, { organizationId: "org-1" }), metadata };
    const type = "notification.invitation";
    expect(await publish(document, { count: max, total: max })).toEqual([`${type}: ${max} delivered`]);
    expect(await publish(document, { total: max + 1 })).toEqual([
      `${type}: ${max} delivered`,
      `${type}: 1 skipped throttled`,
    ]);
  });

  test("invitations that are published as notifications are limited alike, by the organization that they say", async () => {
    const [max, tenantId, other] = [
      limitOf("invitation.created"),
      await running().app.tenant(),
      await running().app.tenant(),
    ];
    const type = "notification.invitation";
    await running().listen(tenantId);
    await running().listen(other);
    expect(await publish(invitationOf(tenantId), { count: max, total: max })).toEqual([`${type}: ${max} delivered`]);
    expect(await publish(invitationOf(tenantId), { total: max + 1 })).toContain(`${type}: 1 skipped throttled`);
    expect(await publish(invitationOf(other), { total: 1 })).toEqual([`${type}: 1 delivered`]);
  });

  test("companies whose invitations say no organization but its name are limited apart, each as any other", async () => {
    const [max, type] = [limitOf("invitation.created"), "notification.invitation"];
    await running().listen("platform");
    const ours = payloadOf("invitation.created");
    const theirs = { ...ours, data: { ...ours.data, organizationName: "Globex" } };
    expect(await publish(ours, { count: max, total: max })).toEqual([`${type}: ${max} delivered`]);
    const skipped = `${type}: 1 skipped throttled`;
    expect(await publish(ours, { total: max + 1 })).toEqual([`${type}: ${max} delivered`, skipped]);
    expect(await publish(theirs, { count: max, total: 2 * max + 1 })).toEqual([
      `${type}: ${2 * max} delivered`,
      skipped,
    ]);
    expect(await publish(theirs, { total: 2 * max + 2 })).toEqual([
      `${type}: ${2 * max} delivered`,
      `${type}: 2 skipped throttled`,
    ]);
  });

  test("notices of changed roles that are published as notifications are limited alike, by user", async () => {
    const [max, tenantId] = [limitOf("Role change notifications"), await running().app.tenant()];
    await running().listen(tenantId);
    const type = "notification.role_changed";
    const query = `?tenantId=${tenantId}`;
    const document = payloadOf("organization.member_role_changed");
    expect(await publish(document, { count: max, total: max, query })).toEqual([`${type}: ${max} delivered`]);
    const skipped = `${type}: 1 skipped throttled`;
    expect(await publish(document, { total: max + 1, query })).toEqual([`${type}: ${max} delivered`, skipped]);
    const other = { ...document, recipients: ["other@example.com"] };
    expect(await publish(other, { total: max + 2, query })).toEqual([`${type}: ${max + 1} delivered`, skipped]);
  });

  test("100 of several users' notifications of one team are all sent, and the 101st is not", async () => {
    const [max, tenantId] = [limitOf("team.members_added"), await running().app.tenant()];
    await running().listen(tenantId, { eventTypes: ["notification.*"] });
    const userIds = Array.from({ length: max / 2 + 1 }, (_, i) => `user-${i}`);
    const recipients = Object.fromEntries(userIds.map((user) => [user, `${user}@example.com`]));
    const document = {
      ...trigger("team.members_added", tenantId, { userIds }),
      metadata: { recipients, ...teamAdded },
    };
    const type = "notification.team_member_added";
    expect(await publish(document, { total: max + 2 })).toEqual([
      `${type}: ${max} delivered`,
      `${type}: 2 skipped throttled`,
    ]);
  });
});

describe("a document that is not what the catalog's says is refused, with its place", () => {
  test.each<[string, string, (data: Json) => unknown]>([
    ["team.members_added", "/data/userIds", (data) => (data.userIds = "user-1")],
    ["team.members_added", "/data/userIds", (data) => (data.userIds = [])],
    ["team.members_added", "/data/userIds/1", (data) => (data.userIds[1] = 7)],
    ["invitation.created", "/data/email", (data) => (data.email = "nobody")],
    ["invitation.created", "/data/expiresAt", (data) => (data.expiresAt = "soon")],
    ["invitation.created", "/data", (data) => delete data.invitationId],
    ["user.account_deleted", "/data", (data) => delete data.deletedBy],
    ["organization.member_role_changed", "/data/newRoleName", (data) => (data.newRoleName = null)],
  ])("%s at %s", async (event, pointer, change) => {
    const document = trigger(event, await running().app.tenant());
    change(document.data);
    expect(await running().publish(catalog, JSON.stringify(document))).toMatchObject(invalidAt(pointer));
  });

  test.each<[string, string, (payload: Json) => unknown]>([
    ["invitation.created", "/type", (payload) => (payload.type = "push")],
    ["team.member_removed", "/type", (payload) => (payload.type = "email")],
    ["invitation.created", "/priority", (payload) => (payload.priority = "urgent")],
    ["invitation.created", "/recipients/0", (payload) => (payload.recipients = ["user-1"])],
    ["invitation.created", "/data/inviteLink", (payload) => (payload.data.inviteLink = "no link")],
    ["invitation.created", "/data", (payload) => delete payload.data.inviterName],
    ["invitation.created", "", (payload) => delete payload.recipients],
  ])("the notification of %s at %j", async (event, pointer, change) => {
    const document = payloadOf(event);
    change(document);
    const query = `?tenantId=${await running().app.tenant()}`;
    expect(await running().publish(catalog, JSON.stringify(document), query)).toMatchObject(invalidAt(pointer));
  });

  test("a template that there is not, and a trigger that there is not", async () => {
    const query = `?tenantId=${await running().app.tenant()}`;
    const template = JSON.stringify({ ...payloadOf("invitation.created"), template: "invited" });
    expect(await running().publish(catalog, template, query)).toMatchObject(unknownAt("/template"));
    const type = JSON.stringify({ ...triggerOf("invitation.created"), type: "invitation.lost" });
    expect(await running().publish(catalog, type)).toMatchObject(unknownAt("/type"));
  });
});
