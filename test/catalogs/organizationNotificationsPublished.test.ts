import { describe, expect, test } from "vitest";
import type { Json } from "../api/harness.ts";
import { cases, teamAdded } from "./documents/organization-notifications-metadata.ts";
import { definitions, overview, preferences } from "./documents/organization-notifications.ts";
import { deliverInAllForms, useRunningGateway } from "./running.ts";

const running = useRunningGateway("organization-notifications", "user-management");
const catalog = "organization-notifications";

function definitionOf(event: string) {
  const found = definitions.find((d) => d.event === event);
  if (found === undefined) throw new Error(`the document does not define ${event}`);
  return found;
}

const triggerOf = (event: string): Json => JSON.parse(definitionOf(event).trigger ?? "");
const payloadOf = (event: string): Json => JSON.parse(definitionOf(event).payload);

/** The trigger as the document prints it, with the addresses and names that its notification shows beside it. */
function notifying(event: string, tenantId: string): Json {
  const given = cases.find((c) => c.event === event);
  const { recipients } = payloadOf(event);
  const timestamp = given?.timestamp === undefined ? {} : { timestamp: given.timestamp };
  return { ...triggerOf(event), ...timestamp, tenantId, metadata: { recipients, ...given?.metadata } };
}

/** The notifications that the document says follow: one for each channel. */
function notificationsOf(event: string): Json[] {
  const { channels } = definitionOf(event);
  const user = cases.find((c) => c.event === event)?.user;
  return channels.map((type) => ({ ...payloadOf(event), type, ...(type === "in-app" && { recipients: [user] }) }));
}

async function send(document: Json, query = ""): Promise<Json> {
  const answer = await running().publish(catalog, JSON.stringify(document), query);
  expect(answer.status).toBe(202);
  return answer.body;
}

const outcomes = (tenantId: string, total: number) => running().outcomes(tenantId, total);

const bodies = (requests: readonly { readonly body: string }[]): Json[] =>
  requests.map(({ body }) => JSON.parse(body)).toSorted(byType);
const byType = (a: Json, b: Json): number => `${a.type}${a.recipients}`.localeCompare(`${b.type}${b.recipients}`);

const setPreferences = (tenantId: string, userId: string, chosen: object) =>
  running().app.call("PUT", `/v1/tenants/${tenantId}/users/${userId}/preferences`, { body: chosen });

describe("what the document prints arrives as it is printed, in each form", () => {
  const triggers = definitions.flatMap(({ event, trigger }) =>
    trigger === null ? [] : [{ type: event, text: trigger }],
  );

  test("the triggers of an organization are for its tenant", async () => {
    const place = { tenantId: "org-123", catalog, dataAt: "data" };
    const documents = triggers.filter(({ text }) => text.includes("org-123"));
    expect(await deliverInAllForms(running(), place, documents)).toBe(9);
  });

  test("the triggers of users are for the platform", async () => {
    const place = { tenantId: "platform", catalog, dataAt: "data" };
    const documents = triggers.filter(({ text }) => !text.includes("org-123"));
    expect(await deliverInAllForms(running(), place, documents)).toBe(2);
  });

  test("the notifications are for the tenant that the publisher says", async () => {
    const tenantId = await running().app.tenant();
    const documents = definitions.map(({ template, payload }) => ({
      type: `notification.${template}`,
      text: payload,
      query: `?tenantId=${tenantId}`,
    }));
    expect(await deliverInAllForms(running(), { tenantId, catalog, dataAt: "" }, documents)).toBe(12);
  });
});

test("triggers and notifications are taken in one call, each sent byte for byte", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId);
  const texts = definitions.flatMap(({ trigger, payload }) => [payload, ...(trigger === null ? [] : [trigger])]);
  const own = texts.map((text) => text.replace(/"organizationId": "org-123"/, `"organizationId": "${tenantId}"`));
  const ours = own.filter((text) => text.includes(tenantId));
  const { status, body } = await running().publish(catalog, `[${own.join(" ,\n")}]`);
  expect([status, body.data.filter(({ id }: Json) => id === undefined)]).toEqual([202, []]);
  expect((await listener.heard(ours.length)).map((r) => r.body).toSorted()).toEqual(ours.toSorted());
});

describe("a trigger with the addresses in metadata.recipients", () => {
  test.each(cases.map((c) => [c.event, c.user] as const))(
    "%s makes the printed notification for each channel",
    async (event, user) => {
      const tenantId = await running().app.tenant();
      const native = await running().listen(tenantId, { catalog, eventTypes: ["notification.*"] });
      const standard = await running().listen(tenantId, { eventTypes: ["notification.*"], payloadFormat: "standard" });
      const { id } = await send(notifying(event, tenantId));
      const expected = notificationsOf(event);
      expect(bodies(await native.heard(expected.length))).toEqual(expected.toSorted(byType));
      const told = (await standard.heard(expected.length)).map(({ body }) => JSON.parse(body));
      for (const one of told) {
        expect(one).toMatchObject({
          type: `notification.${definitionOf(event).template}`,
          tenantId,
          metadata: { derivedFrom: id },
        });
        expect(one.userId ?? null).toBe(user);
      }
      expect(new Set(told.map((one) => one.id)).size).toBe(expected.length);
    },
  );

  test("team.members_added makes one for each of userIds and each channel", async () => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId, { catalog, template: "team_member_added" });
    const trigger = triggerOf("team.members_added");
    const users: string[] = trigger.data.userIds;
    const recipients = users.map((user) => `${user}@example.com`);
    await send({ ...trigger, tenantId, metadata: { recipients, ...teamAdded } });
    const payload = payloadOf("team.members_added");
    const expected = users.flatMap((user) => [
      { ...payload, recipients: [`${user}@example.com`] },
      { ...payload, type: "in-app", recipients: [user] },
    ]);
    expect(bodies(await listener.heard(6))).toEqual(expected.toSorted(byType));
  });

  test("team.member_removed tells the removed member in-app", async () => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId, { eventTypes: ["notification.*"] });
    const data = { teamId: "team-789", organizationId: "org-123", userId: "user-789" };
    const metadata = { recipients: [], teamName: "Engineering" };
    await send({ type: "team.member_removed", tenantId, data, metadata });
    expect(bodies(await listener.heard(1))).toEqual([payloadOf("team.member_removed")]);
  });
});

test.each([
  ["user.account_deleted", "deletionDate"],
  ["organization.member_removed", "removalDate"],
])("%s without a timestamp: the %s is the time at which it was accepted", async (event, field) => {
  const tenantId = await running().app.tenant();
  const native = await running().listen(tenantId, { eventTypes: ["notification.*"] });
  const standard = await running().listen(tenantId, { eventTypes: [event], payloadFormat: "standard" });
  await send({ ...notifying(event, tenantId), timestamp: undefined });
  const [told] = (await standard.heard(1)).map(({ body }) => JSON.parse(body));
  const [document] = bodies(await native.heard(1));
  expect(document?.data).toEqual({ ...payloadOf(event).data, [field]: told.timestamp });
});

test("the same notification published by itself is the same to its receiver", async () => {
  const tenantId = await running().app.tenant();
  const listener = await running().listen(tenantId, { eventTypes: ["notification.*"] });
  const document = { ...payloadOf("invitation.created") };
  await send(document, `?tenantId=${tenantId}`);
  await send(notifying("invitation.created", tenantId));
  const [one, other] = bodies(await listener.heard(2));
  expect([one, other]).toEqual([document, document]);
});

describe("the table of who gets what", () => {
  const rows = overview.flatMap(({ rows: those }) => those);

  test.each(rows.map((row) => [row.event, row] as const))("%s is told as in the document", async (event, row) => {
    const { body } = await running().app.call("GET", `/v1/event-types/${event}?catalog=${catalog}`);
    const told = (body.notifications ?? []).map(({ channels, recipients }: Json) => ({ channels, recipients }));
    const { channels, recipients } = row;
    expect(told).toEqual(channels.length === 0 ? [] : [{ channels, recipients }]);
  });

  const silent: Record<string, object> = {
    "user.profile_updated": { userId: "user-456" },
    "invitation.revoked": { invitationId: "inv-789", organizationId: "org-123" },
  };

  test.each(rows.filter(({ channels }) => channels.length === 0).map(({ event }) => [event]))(
    "%s notifies nobody, even with addresses",
    async (event) => {
      const tenantId = await running().app.tenant();
      const listener = await running().listen(tenantId);
      const document = { type: event, tenantId, data: silent[event], metadata: { recipients: ["user@example.com"] } };
      const { id } = await send(document);
      await listener.heard(1);
      // What follows is accepted before the trigger itself is sent.
      const { body } = await running().app.call("GET", `/v1/tenants/${tenantId}/events`);
      expect(body.data).toMatchObject([{ id, type: event }]);
      expect(body.data).toHaveLength(1);
    },
  );
});

describe("preferences", () => {
  test("are enabled until a user switches them off", async () => {
    const tenantId = await running().app.tenant();
    const path = `/v1/tenants/${tenantId}/users/user-1/preferences`;
    const usual = Object.fromEntries(preferences.map(([name, standard]) => [name, standard]));
    expect((await running().app.call("GET", path)).body).toEqual(usual);
    for (const [name, , options] of preferences) {
      for (const option of options)
        expect(await setPreferences(tenantId, "user-1", { [name]: option })).toMatchObject({
          status: 200,
          body: { ...usual, [name]: option },
        });
    }
    expect(await setPreferences(tenantId, "user-1", { sales_updates: "disabled" })).toMatchObject({ status: 422 });
  });

  test.each([
    ["org_updates", "organization.member_joined"],
    ["org_updates", "organization.member_role_changed"],
    ["org_updates", "organization.created"],
    ["invitation_updates", "invitation.accepted"],
    ["invitation_updates", "invitation.expired"],
    ["competency_updates", "user.competency_verified"],
  ])("%s switched off: %s and its notifications are skipped", async (name, event) => {
    const [tenantId, user] = [await running().app.tenant(), cases.find((c) => c.event === event)?.user ?? ""];
    const listener = await running().listen(tenantId);
    const { template, channels } = definitionOf(event);
    const others = preferences.filter(([other]) => other !== name).map(([other]) => [other, "disabled"]);
    await setPreferences(tenantId, user, Object.fromEntries(others));
    await send(notifying(event, tenantId));
    await outcomes(tenantId, 1 + channels.length);
    await setPreferences(tenantId, user, { [name]: "disabled" });
    await send(notifying(event, tenantId));
    expect(await outcomes(tenantId, 2 + 2 * channels.length)).toEqual(
      [
        `notification.${template}: ${channels.length} delivered`,
        `notification.${template}: ${channels.length} skipped preference`,
        `${event}: 1 delivered`,
        `${event}: 1 skipped preference`,
      ].toSorted(),
    );
    expect(listener.requests).toHaveLength(1 + channels.length);
  });

  test("team_updates switched off by one of several: only that one's notifications are skipped", async () => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId);
    await setPreferences(tenantId, "user-1", { team_updates: "disabled" });
    const recipients = { "user-1": "user1@example.com", "user-2": "user2@example.com", "user-3": "user3@example.com" };
    const trigger = { ...triggerOf("team.members_added"), tenantId, metadata: { recipients, ...teamAdded } };
    await send(trigger);
    const type = "notification.team_member_added";
    expect(await outcomes(tenantId, 7)).toEqual([
      `${type}: 4 delivered`,
      `${type}: 2 skipped preference`,
      "team.members_added: 1 delivered",
    ]);
    expect(listener.requests.some(({ body }) => /"recipients":\["user-?1/.test(body))).toBe(false);
    await send({ ...trigger, data: { ...trigger.data, userIds: ["user-1"] } });
    expect(await outcomes(tenantId, 10)).toContain("team.members_added: 1 skipped preference");
  });

  test("a notification that is published by itself is skipped for who has switched it off, and for nobody else", async () => {
    const tenantId = await running().app.tenant();
    await running().listen(tenantId);
    await setPreferences(tenantId, "user-789", { team_updates: "disabled" });
    const document = payloadOf("team.member_removed");
    await send(document, `?tenantId=${tenantId}`);
    await send({ ...document, recipients: ["user-790"] }, `?tenantId=${tenantId}`);
    const type = "notification.team_member_removed";
    expect(await outcomes(tenantId, 2)).toEqual([`${type}: 1 delivered`, `${type}: 1 skipped preference`]);
  });

  test("a notification for several that is published by itself keeps its bytes, and is skipped where all have switched it off", async () => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId);
    const text = '{"recipients": ["admin-1@example.com", "admin-2@example.com"], ';
    const rest = JSON.stringify({ ...payloadOf("organization.sso_configured"), recipients: undefined }).slice(1);
    const off = { org_updates: "disabled" };
    await setPreferences(tenantId, "admin-1@example.com", off);
    await running().publish(catalog, text + rest, `?tenantId=${tenantId}`);
    expect((await listener.heard(1)).map(({ body }) => body)).toEqual([text + rest]);
    await setPreferences(tenantId, "admin-2@example.com", off);
    await running().publish(catalog, text + rest, `?tenantId=${tenantId}`);
    const type = "notification.sso_configured";
    expect(await outcomes(tenantId, 2)).toEqual([`${type}: 1 delivered`, `${type}: 1 skipped preference`]);
  });

  test("a notification for several that follows from a trigger leaves out who has switched it off", async () => {
    const tenantId = await running().app.tenant();
    const listener = await running().listen(tenantId, { eventTypes: ["notification.*"] });
    await setPreferences(tenantId, "admin-2", { org_updates: "disabled" });
    const trigger = notifying("organization.sso_configured", tenantId);
    await send({ ...trigger, metadata: { ...trigger.metadata, adminIds: ["admin-1", "admin-2"] } });
    const payload = payloadOf("organization.sso_configured");
    expect(bodies(await listener.heard(1))).toEqual([{ ...payload, recipients: payload.recipients.slice(0, 1) }]);
  });
});
