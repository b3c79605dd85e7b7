import { expect, test } from "vitest";
import { until } from "#test/until.ts";
import type { Json } from "../api/harness.ts";
import { exampleEvents, publishedEvents } from "./documents/userManagement.ts";
import { definitions } from "./documents/organization-notifications.ts";
import { deliverInAllForms, invalidAt, useRunningGateway, type Listener } from "./running.ts";

const running = useRunningGateway("user-management", "organization-notifications");
const catalog = "user-management";
const printedTenant = "tenant_78901234-3456-3456-3456-345678901ghi";

/** In the envelope of the document's examples. */
function event(
  tenantId: string,
  type: string,
  userId: string | undefined,
  data: object,
  id = `evt_${crypto.randomUUID()}`,
): string {
  const head = { id, type, timestamp: "2025-01-22T10:00:00Z", version: "1.0", source: "user-management" };
  return JSON.stringify({ ...head, tenantId, userId, data }, null, 2);
}

/** The example as printed, but for its tenant and its id. */
function printed(name: string, tenantId: string): string {
  const text = exampleEvents.find((e) => e.name === name)?.text ?? "";
  return text.replaceAll(printedTenant, tenantId).replace(/"id": "[^"]*"/, `"id": "evt_${crypto.randomUUID()}"`);
}

/** What happens, who does it, its data, and the notifications that the document says it triggers. */
const happenings: readonly (readonly [
  what: string,
  type: string,
  by: string | undefined,
  data: object,
  notifications: string[],
])[] = [
  ["a profile is updated", "user.profile_updated", "user_1", { userId: "user_1" }, ["Profile update confirmation"]],
  [
    "a user deactivates the own account",
    "user.deactivated",
    "user_1",
    { userId: "user_1" },
    ["Account deactivation confirmation email"],
  ],
  [
    "an administrator deactivates an account",
    "user.deactivated",
    "admin_1",
    { userId: "user_1" },
    ["Account deactivation confirmation email", "Security alert"],
  ],
  [
    "an administrator deactivates an account, told by the service",
    "user.deactivated",
    "user_1",
    { userId: "user_1", deactivatedBy: "admin_1" },
    ["Account deactivation confirmation email", "Security alert"],
  ],
  [
    "an account is reactivated",
    "user.reactivated",
    "admin_1",
    { userId: "user_1" },
    ["Account reactivation welcome email"],
  ],
  [
    "an account with an address is deleted",
    "user.deleted",
    "admin_1",
    { userId: "user_1", email: "user@example.com" },
    ["Account deletion confirmation"],
  ],
  ["an account without an address is deleted", "user.deleted", "admin_1", { userId: "user_1" }, []],
  [
    "one session is revoked",
    "user.session_revoked",
    "user_1",
    { userId: "user_1", sessionIds: ["session_1"] },
    ["Session revocation confirmation"],
  ],
  [
    "several sessions are revoked",
    "user.session_revoked",
    "user_1",
    { userId: "user_1", sessionIds: ["session_1", "session_2"] },
    ["Session revocation confirmation", "Security alert"],
  ],
  [
    "a member joins",
    "tenant.member_joined",
    "user_1",
    { tenantId: "t", userId: "user_1", email: "user@example.com", roleId: "role_1", roleName: "member" },
    ["Welcome to tenant email"],
  ],
  [
    "a member's role changes",
    "tenant.member_role_changed",
    "admin_1",
    {
      tenantId: "t",
      userId: "user_1",
      oldRoleId: "role_1",
      oldRoleName: "member",
      newRoleId: "role_2",
      newRoleName: "admin",
      changedBy: "admin_1",
    },
    ["Role change notification email"],
  ],
  [
    "a member is removed",
    "tenant.member_removed",
    "admin_1",
    { tenantId: "t", userId: "user_1" },
    ["Member removal notification"],
  ],
  ["a member leaves", "tenant.member_removed", "user_1", { tenantId: "t", userId: "user_1" }, ["Goodbye notification"]],
  [
    "somebody is invited",
    "invitation.created",
    "admin_1",
    {
      invitationId: "inv_1",
      tenantId: "t",
      email: "newuser@example.com",
      invitationType: "email",
      expiresAt: "2025-01-29T10:00:00Z",
      createdBy: "admin_1",
    },
    ["Invitation email with invitation link"],
  ],
  [
    "an invitation is accepted",
    "invitation.accepted",
    "user_1",
    { invitationId: "inv_1" },
    ["Invitation accepted confirmation", "Welcome notification"],
  ],
  [
    "an invitation expires",
    "invitation.expired",
    undefined,
    { invitationId: "inv_1" },
    ["Invitation expiration notification"],
  ],
  ["members are added to a team", "team.members_added", "admin_1", { teamId: "team_1" }, ["Team welcome notification"]],
];

test("the printed examples arrive as they are printed, in each form; the same id may be used again a day later", async () => {
  for (const { name, text } of exampleEvents) {
    const place = { tenantId: printedTenant, catalog, dataAt: "data" };
    expect(await deliverInAllForms(running(), place, [{ type: name, text }])).toBe(1);
    // All three have the same id in the document.
    await running().gateway.rows(
      "update posthorn.event_keys set created_at = created_at - interval '25 hours' where tenant_id = $1",
      [printedTenant],
    );
  }
});

test("all twelve event types are taken in one call, and arrive byte for byte", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId);
  const byType = new Map(happenings.map(([, type, by, data]) => [type, event(tenantId, type, by, data)]));
  expect([...byType.keys()].toSorted()).toEqual(publishedEvents.map(({ name }) => name).toSorted());
  const answer = await running().publish(catalog, `[ ${[...byType.values()].join("\n , ")}\n]`);
  expect(answer.status).toBe(202);
  const ids = [...byType.values()].map((text) => JSON.parse(text).id);
  expect(answer.body.data).toEqual(ids.map((id) => ({ id, acceptedAt: expect.any(String) })));
  const heard = await listener.heard(12);
  expect(heard.map((request) => request.body).toSorted()).toEqual([...byType.values()].toSorted());
});

test("each type is told with the document's texts: what it is, when it comes, and what it notifies of", async () => {
  for (const { name, description, triggeredWhen, notificationTriggered } of publishedEvents) {
    const { body } = await running().app.call("GET", `/v1/event-types/${name}?catalog=${catalog}`);
    expect(body).toMatchObject({ catalog, name, description, triggeredWhen, versions: [{ version: "1.0" }] });
    expect(body.notifications.map(asPrinted)).toEqual(notificationTriggered);
  }
});

test.each(publishedEvents.map(({ name }) => [name]))(
  "a subscription from the template of each notification of %s gets what the document says",
  async (name) => {
    const tenantId = await running().app.tenant();
    const { body: type } = await running().app.call("GET", `/v1/event-types/${name}?catalog=${catalog}`);
    const cases = happenings.filter(([, of]) => of === name);
    const listeners: [string, Listener][] = [];
    for (const { text, template } of type.notifications)
      listeners.push([text, await running().listen(tenantId, { catalog, template })]);
    const sent = cases.map(([, of, by, data], i) => event(tenantId, of, by, data, `${of.replace(".", "-")}-${i}`));
    for (const text of sent) expect((await running().publish(catalog, text)).status).toBe(202);
    for (const [i, [, , , , notifications]] of cases.entries())
      await running().settled(tenantId, `${name.replace(".", "-")}-${i}`, notifications.length);
    for (const [text, listener] of listeners) {
      const expected = sent.filter((_, i) => cases[i]?.[4].includes(text));
      const heard = await listener.heard(expected.length);
      expect([text, heard.map((request) => request.body).toSorted()]).toEqual([text, expected.toSorted()]);
    }
  },
);

test("each notification of the document is triggered by something above", () => {
  const notified = happenings.flatMap(([, type, , , notifications]) => notifications.map((text) => `${type}: ${text}`));
  const said = publishedEvents.flatMap((e) =>
    e.notificationTriggered.map((text) => `${e.name}: ${text.replace(/ \(.*\)$/, "")}`),
  );
  expect([...new Set(notified)].toSorted()).toEqual(said.toSorted());
});

test.each<[string, string, (data: Json) => void]>([
  ["/data/email", "an address that is none", (data) => (data.email = "nobody")],
  ["/data/email", "another type", (data) => (data.email = 1)],
  ["/data/expiresAt", "a time that is none", (data) => (data.expiresAt = "next week")],
  ["/data/invitationId", "null", (data) => (data.invitationId = null)],
])("an invitation is refused at %s for %s", async (pointer, _what, change) => {
  const document: Json = JSON.parse(printed("invitation.created", await running().app.tenant()));
  change(document.data);
  expect(await running().publish(catalog, JSON.stringify(document))).toMatchObject(invalidAt(pointer));
});

test.each(Object.keys(JSON.parse(exampleEvents[2]?.text ?? "").data))(
  "an invitation without %s is refused, which is named",
  async (field) => {
    const document: Json = JSON.parse(printed("invitation.created", await running().app.tenant()));
    delete document.data[field];
    const answer = await running().publish(catalog, JSON.stringify(document));
    expect(answer).toMatchObject({ status: 422, body: { code: "invalidData" } });
    expect(answer.body.errors).toEqual([{ pointer: "/data", detail: expect.stringContaining(field) }]);
  },
);

test.each(["id", "type", "timestamp", "version", "source", "tenantId", "data"])(
  "an event without its %s is refused at its place",
  async (member) => {
    const document: Json = JSON.parse(printed("invitation.created", await running().app.tenant()));
    delete document[member];
    expect(await running().publish(catalog, JSON.stringify(document))).toMatchObject({
      status: 422,
      body: { code: "invalidEnvelope", errors: [{ pointer: `/${member}` }] },
    });
  },
);

test("a type that another catalog has as well does not mix with it, whether subscriptions name the catalog or not", async () => {
  const tenantId = await running().app.tenant();
  const other = "organization-notifications";
  const eventTypes = ["invitation.created", "team.members_added"];
  const ours = await running().listen(tenantId, { catalog, eventTypes });
  const theirs = await running().listen(tenantId, { catalog: other, eventTypes });
  const both = await running().listen(tenantId, { eventTypes });
  const [invited = "", added = ""] = eventTypes.map((name) => {
    const text = definitions.find((d) => d.event === name)?.trigger ?? "";
    return text.replaceAll("org-123", tenantId);
  });
  const own = [
    printed("invitation.created", tenantId),
    event(tenantId, "team.members_added", "admin_1", { teamId: "team_1" }),
  ];
  for (const text of own) expect((await running().publish(catalog, text)).status).toBe(202);
  for (const text of [invited, added]) expect((await running().publish(other, text)).status).toBe(202);
  const heard = await both.heard(4);
  expect(heard.map((r) => r.body).toSorted()).toEqual([...own, invited, added].toSorted());
  expect((await ours.heard(2)).map((r) => r.body).toSorted()).toEqual(own.toSorted());
  expect((await theirs.heard(2)).map((r) => r.body).toSorted()).toEqual([invited, added].toSorted());
  // Nothing more is on its way: every delivery of the tenant is done.
  await until(async () => (await deliveries(tenantId)).every(({ status }) => status === "delivered"), {
    what: "all are delivered",
  });
  expect([await deliveries(tenantId), ours.requests, theirs.requests]).toMatchObject({
    0: { length: 8 },
    1: { length: 2 },
    2: { length: 2 },
  });
  // The one's document does not pass as the other's.
  expect((await running().publish(other, own[0] ?? "")).status).toBe(422);
  expect((await running().publish(catalog, invited)).status).toBe(422);
});

async function deliveries(tenantId: string): Promise<Json[]> {
  const { body } = await running().app.call("GET", `/v1/tenants/${tenantId}/deliveries?limit=100`);
  return body.data;
}

/** As the document writes it: the text, and in parentheses what holds for it. */
function asPrinted({ text, optional, configurable, condition, recipients }: Json): string {
  const marks = [optional && "optional", configurable && "configurable"].filter(Boolean).join(", ");
  const more = [marks, condition, recipients && `to ${recipients}`].filter(Boolean).join("; ");
  return more === "" ? text : `${text} (${more})`;
}
