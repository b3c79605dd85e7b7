import { describe, expect, test } from "vitest";
import type { CatalogDocument, NotificationText } from "#domain/catalog/document.ts";
import { exampleEvents, publishedEvents } from "./documents/userManagement.ts";
import {
  evaluate,
  faultsOf,
  fieldsOf,
  mistakesOf,
  readCatalog,
  requiredFields,
  typeOf,
  validatorOf,
  versionOf,
} from "./support.ts";

const catalog = readCatalog("user-management");

test("the catalog has the twelve event types of the document, in its order", () => {
  expect(catalog.types.map((type) => type.name)).toEqual(publishedEvents.map((event) => event.name));
  expect(catalog.types).toHaveLength(12);
});

test("every schema can be registered, every example is valid, and every name is found", () => {
  expect(mistakesOf(catalog)).toEqual([]);
});

test("every type has the one version of the document's examples", () => {
  expect(new Set(catalog.types.map((type) => type.versions.map((v) => v.version).join()))).toEqual(new Set(["1.0"]));
});

describe.each(publishedEvents)("$name", ({ name, description, triggeredWhen, notificationTriggered }) => {
  test("says what the document says: description, when, and which notifications", () => {
    const type = typeOf(catalog, name);
    expect(type.description).toBe(description);
    expect(type.triggeredWhen).toEqual(triggeredWhen);
    expect(type.notifications?.map(asPrinted)).toEqual(notificationTriggered);
  });

  test("has a subscription template of its own for each notification", () => {
    const type = typeOf(catalog, name);
    const templates = (type.notifications ?? []).map((n) => catalog.templates?.find((t) => t.name === n.template));
    expect(templates.map((t) => t?.eventTypes)).toEqual(notificationTriggered.map(() => [name]));
    expect(new Set(templates.map((t) => t?.name)).size).toBe(notificationTriggered.length);
  });
});

describe("the document's examples", () => {
  test.each(exampleEvents)("the $name event is valid as printed, and is the catalog's example", ({ name, text }) => {
    expect(faultsOf(catalog, text)).toEqual([]);
    expect(versionOf(typeOf(catalog, name)).example).toEqual(JSON.parse(text).data);
  });

  test.each(["id", "type", "timestamp", "version", "source", "tenantId", "data"])(
    "an event without its %s is refused",
    (member) => {
      const texts = exampleEvents.map(({ text }) => JSON.stringify({ ...JSON.parse(text), [member]: undefined }));
      expect(texts.map((text) => faultsOf(catalog, text))).toEqual(
        texts.map(() => [`the envelope lacks its ${member}`]),
      );
    },
  );

  test("an event that no user caused needs no userId: the system expires invitations", () => {
    const head = { id: "evt_1", type: "invitation.expired", timestamp: "2025-01-29T10:00:00Z", version: "1.0" };
    const document = { ...head, source: "user-management", tenantId: "tenant_1", data: { invitationId: "inv_1" } };
    expect(faultsOf(catalog, JSON.stringify(document))).toEqual([]);
  });

  test("another source than in the examples is accepted", () => {
    const texts = exampleEvents.map(({ text }) => text.replace('"user-management"', '"accounts"'));
    expect(texts.flatMap((text) => faultsOf(catalog, text))).toEqual([]);
  });

  test.each(exampleEvents)("every field that the $name event prints is required", ({ name, text }) => {
    expect(requiredFields(catalog, name)).toEqual(fieldsOf(JSON.parse(text).data));
  });
});

test.each([
  ["user.profile_updated", ["userId"]],
  ["user.deactivated", ["userId"]],
  ["user.reactivated", ["userId"]],
  ["user.deleted", ["userId"]],
  ["user.session_revoked", ["userId"]],
  ["tenant.member_removed", ["tenantId", "userId"]],
  ["invitation.accepted", ["invitationId"]],
  ["invitation.expired", ["invitationId"]],
  ["team.members_added", ["teamId"]],
])("%s, of which the document prints no data, asks for no more than %j", (name, required) => {
  expect(requiredFields(catalog, name)).toEqual(required);
});

test.each([
  ["tenant.member_joined", "email", "nobody"],
  ["tenant.member_joined", "roleName", ""],
  ["tenant.member_joined", "userId", 17],
  ["invitation.created", "expiresAt", "2025-01-29"],
  ["invitation.created", "invitationType", null],
  ["user.session_revoked", "sessionIds", []],
  ["user.profile_updated", "updatedFields", "email"],
  ["team.members_added", "userIds", [""]],
])("%s with %s %j is refused", (name, field, value) => {
  const data = { ...objectOf(versionOf(typeOf(catalog, name)).example), [field]: value };
  expect(validatorOf(catalog, name).validate(data)).not.toEqual([]);
});

describe("the templates' filters", () => {
  const self = "user_90123456-4567-4567-4567-456789012jkl";
  const admin = "admin_12345678-1234-1234-1234-123456789abc";

  test.each([
    ["if deactivated by admin", "account-deactivation-security-alert", admin, { userId: self }, true],
    ["if deactivated by admin", "account-deactivation-security-alert", self, { userId: self }, false],
    [
      "if deactivated by admin",
      "account-deactivation-security-alert",
      self,
      { userId: self, deactivatedBy: admin },
      true,
    ],
    [
      "if deactivated by admin",
      "account-deactivation-security-alert",
      admin,
      { userId: self, deactivatedBy: self },
      false,
    ],
    [
      "if user email still accessible",
      "account-deletion-confirmation",
      admin,
      { userId: self, email: "a@b.example" },
      true,
    ],
    ["if user email still accessible", "account-deletion-confirmation", admin, { userId: self }, false],
    [
      "if multiple sessions revoked",
      "session-revocation-security-alert",
      self,
      { userId: self, sessionIds: ["a", "b"] },
      true,
    ],
    [
      "if multiple sessions revoked",
      "session-revocation-security-alert",
      self,
      { userId: self, sessionIds: ["a"] },
      false,
    ],
    ["if multiple sessions revoked", "session-revocation-security-alert", self, { userId: self }, false],
    ["if removed by admin", "member-removal-notification", admin, { userId: self }, true],
    ["if removed by admin", "member-removal-notification", self, { userId: self, removedBy: self }, false],
    ["if removed by admin", "member-removal-notification", undefined, { userId: self, removedBy: admin }, true],
    ["if removed by admin", "member-removal-notification", undefined, { userId: self }, false],
    ["if user left voluntarily", "member-goodbye-notification", undefined, { userId: self }, false],
    ["if user left voluntarily", "member-goodbye-notification", self, { userId: self }, true],
    ["if user left voluntarily", "member-goodbye-notification", self, { userId: self, removedBy: admin }, false],
  ])("%s: %s, userId %s, data %j: %s", async (condition, template, userId, data, matches) => {
    expect(conditionsOf(catalog, template)).toEqual([condition]);
    const filter = catalog.templates?.find((t) => t.name === template)?.filter;
    expect(await evaluate(filter, userId === undefined ? { data } : { userId, data })).toBe(matches);
  });

  test("only notifications with a condition have one", () => {
    const filtered = catalog.templates?.filter((t) => t.filter !== undefined).map((t) => conditionsOf(catalog, t.name));
    const unfiltered = catalog.templates
      ?.filter((t) => t.filter === undefined)
      .map((t) => conditionsOf(catalog, t.name));
    expect(filtered?.flat().filter((condition) => condition !== undefined)).toHaveLength(5);
    expect(unfiltered?.flat().filter((condition) => condition !== undefined)).toEqual([]);
  });
});

/** A notification as the document prints it: `Profile update confirmation (optional, configurable)`. */
function asPrinted(notification: NotificationText): string {
  const marks = [
    ...(notification.optional === true ? ["optional"] : []),
    ...(notification.configurable === true ? ["configurable"] : []),
    ...(notification.condition === undefined ? [] : [notification.condition]),
    ...(notification.recipients === undefined ? [] : [`to ${notification.recipients}`]),
  ];
  return marks.length === 0 ? notification.text : `${notification.text} (${marks.join(", ")})`;
}

function conditionsOf(of: CatalogDocument, template: string): (string | undefined)[] {
  const notifications = of.types.flatMap((type) => type.notifications ?? []);
  return notifications.filter((n) => n.template === template).map((n) => n.condition);
}

function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
