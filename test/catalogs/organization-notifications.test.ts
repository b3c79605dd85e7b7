import { describe, expect, test } from "vitest";
import type { Json } from "#domain/catalog/document.ts";
import { channels, definitions, overview, preferences, rateLimits } from "./documents/organization-notifications.ts";
import { asMap, faultsOf, mistakesOf, readCatalog, typeOf, valueAt, versionOf, withValue } from "./support.ts";

const catalog = readCatalog("organization-notifications");
const rows = overview.flatMap(({ heading, rows: events }) => events.map((row) => ({ ...row, heading })));
const triggers = definitions.flatMap(({ event, trigger }) => (trigger === null ? [] : [[event, trigger] as const]));
const payloads = definitions.map((definition) => [definition.template, definition] as const);

/** Members that the document's examples show and that may be missing all the same. */
const OPTIONAL = new Set(["reason", "dataExportLink"]);

describe("the event types are those of the document", () => {
  test("fifteen triggers, in the order of the overview, and a notification for each template", () => {
    expect(overview.map((o) => o.rows.length)).toEqual([3, 5, 3, 4]);
    const templates = definitions.map((d) => d.template);
    expect(templates).toHaveLength(12);
    const names = catalog.types.map((t) => t.name);
    expect(names.slice(0, 15)).toEqual(rows.map((r) => r.event));
    // The overview has a notification for team.created; no definition names its template.
    const notifications = [...templates, "team_created"].map((template) => `notification.${template}`);
    expect(names.slice(15).toSorted()).toEqual(notifications.toSorted());
  });

  test("each has the category of its table", () => {
    expect(catalog.categories?.map((c) => c.name)).toEqual(overview.map((o) => o.heading));
    for (const row of rows) {
      const type = typeOf(catalog, row.event);
      const derived = (type.derives ?? []).map((d) => typeOf(catalog, d.type).category);
      expect([row.event, type.category, ...derived]).toEqual([
        row.event,
        row.heading,
        ...derived.map(() => row.heading),
      ]);
    }
  });

  test("names, schemas, templates and examples hold together", () => {
    expect(mistakesOf(catalog)).toEqual([]);
  });
});

describe("a trigger", () => {
  test.each(triggers)("%s is accepted as printed", (_event, text) => {
    expect(faultsOf(catalog, text)).toEqual([]);
  });

  test.each(triggers)("%s is refused without a member of its data, unless it is optional", (_event, text) => {
    const document: Json = JSON.parse(text);
    const names = Object.keys(asMap(valueAt(document, "/data")));
    const missable = names.filter((name) => accepts(withValue(document, `/data/${name}`, undefined)));
    expect(missable).toEqual(names.filter((name) => OPTIONAL.has(name)));
  });

  test.each(triggers)("%s is refused with a member of another type", (_event, text) => {
    const document: Json = JSON.parse(text);
    for (const name of Object.keys(asMap(valueAt(document, "/data"))))
      for (const wrong of [7, null, [], {}, ...(name.endsWith("Id") || name.endsWith("By") ? [""] : [])])
        expect([name, wrong, accepts(withValue(document, `/data/${name}`, wrong))]).toEqual([name, wrong, false]);
  });

  test.each([
    ["user.profile_updated", { userId: "user-456" }],
    ["team.created", { teamId: "team-789", organizationId: "org-123", createdBy: "admin-456" }],
    ["team.member_removed", { teamId: "team-789", organizationId: "org-123", userId: "user-789" }],
    ["invitation.revoked", { invitationId: "inv-789", organizationId: "org-123" }],
  ])("%s, which the document does not print, needs its ids and nothing else", (type, data) => {
    expect(faultsOf(catalog, JSON.stringify({ type, data }))).toEqual([]);
    for (const name of Object.keys(data))
      expect(accepts(withValue({ type, data }, `/data/${name}`, undefined))).toBe(false);
  });

  test("e-mail addresses and times are checked", () => {
    const [, created = ""] = triggers.find(([event]) => event === "invitation.created") ?? [];
    expect(accepts(withValue(JSON.parse(created), "/data/email", "nobody"))).toBe(false);
    expect(accepts(withValue(JSON.parse(created), "/data/expiresAt", "in a week"))).toBe(false);
  });

  test("what the document does not show may stand beside type and data", () => {
    const [, text = ""] = triggers[0] ?? [];
    const more = {
      id: "evt-1",
      timestamp: "2026-01-22T10:30:00Z",
      tenantId: "org-123",
      userId: "u",
      metadata: { a: 1 },
    };
    expect(faultsOf(catalog, JSON.stringify({ ...JSON.parse(text), ...more, addedLater: true }))).toEqual([]);
  });
});

describe("a notification", () => {
  test.each(payloads)("%s is accepted as printed, and is its template's event", (template, { payload }) => {
    expect(faultsOf(catalog, payload)).toEqual([]);
    expect(versionOf(typeOf(catalog, `notification.${template}`)).example).toEqual(JSON.parse(payload));
  });

  test.each(payloads)("%s is refused on a channel that it is not sent on", (_template, definition) => {
    const document: Json = JSON.parse(definition.payload);
    const accepted = ["email", "in-app", "push", "sms"].filter((channel) => {
      const recipients = channel === "email" ? ["user@example.com"] : ["user-789"];
      return accepts(withValue(withValue(document, "/type", channel), "/recipients", recipients));
    });
    expect(accepted).toEqual(definition.channels);
  });

  test.each(payloads)("%s is refused with another priority", (_template, definition) => {
    const document: Json = JSON.parse(definition.payload);
    const accepted = ["low", "normal", "high", "urgent"].filter((p) => accepts(withValue(document, "/priority", p)));
    expect(accepted).toEqual([definition.priority]);
  });

  test.each(payloads)("%s is refused without one of its members, unless it is optional", (_template, { payload }) => {
    const document: Json = JSON.parse(payload);
    const data = Object.keys(asMap(valueAt(document, "/data"))).map((name) => `/data/${name}`);
    const pointers = ["/type", "/recipients", "/data", "/priority", ...data];
    const missable = pointers.filter((pointer) => accepts(withValue(document, pointer, undefined)));
    expect(missable).toEqual(pointers.filter((pointer) => OPTIONAL.has(pointer.slice("/data/".length))));
  });

  test.each(payloads)(
    "%s is refused with a member of its data of another type, or of another form",
    (_t, definition) => {
      const document: Json = JSON.parse(definition.payload);
      for (const [name, value] of Object.entries(asMap(valueAt(document, "/data")))) {
        const free = typeof value === "number" || !/Link$|Email$|At$|Date$/.test(name);
        for (const wrong of [typeof value === "number" ? "30" : 30, null, [], ...(free ? [] : ["not of its form"])])
          expect([name, wrong, accepts(withValue(document, `/data/${name}`, wrong))]).toEqual([name, wrong, false]);
      }
    },
  );

  test.each(payloads)("%s is refused without recipients, and by e-mail to what is no address", (_t, definition) => {
    const document: Json = JSON.parse(definition.payload);
    expect(accepts(withValue(document, "/recipients", []))).toBe(false);
    expect(accepts(withValue(document, "/recipients", "user@example.com"))).toBe(false);
    const toUser = accepts(withValue(document, "/recipients", ["user-789"]));
    expect(toUser).toBe(valueAt(document, "/type") === "in-app");
  });

  test("metadata may say whom and which organization it concerns", () => {
    const { id, tenantId, userId } = catalog.envelopes[0]?.fields ?? {};
    expect([id?.pointers, tenantId?.pointers, userId?.pointers]).toEqual([
      ["/metadata/id"],
      ["/metadata/organizationId"],
      ["/metadata/userId"],
    ]);
    const document: Json = JSON.parse(definitions[0]?.payload ?? "");
    expect(accepts(withValue(document, "/metadata", { organizationId: "org-123", userId: "user-456" }))).toBe(true);
  });
});

describe("who gets what", () => {
  const notifying = rows.filter((r) => r.recipients !== "None (no notification)");

  test("two triggers notify nobody, and say so", () => {
    const silent = rows.filter((r) => !notifying.includes(r)).map((r) => typeOf(catalog, r.event));
    expect(silent.map((t) => t.name)).toEqual(["user.profile_updated", "invitation.revoked"]);
    for (const { description, notifications, derives } of silent)
      expect([description, notifications, derives]).toEqual([
        expect.stringContaining("Notifies nobody."),
        undefined,
        undefined,
      ]);
  });

  test.each(notifying.map((row) => [row.event, row] as const))("%s notifies as its table says", (event, row) => {
    const type = typeOf(catalog, event);
    const definition = definitions.find((d) => d.event === event);
    const template = definition?.template ?? "team_created";
    const lines = [row.notificationType, ...(definition?.email ?? [])];
    expect(type.notifications).toEqual([
      {
        text: lines.map((line) => `${line}.`).join(" "),
        channels: row.channels,
        recipients: row.recipients,
        priority: definition?.priority ?? "low",
        template,
      },
    ]);
    expect(type.derives?.map((d) => d.type)).toEqual([`notification.${template}`]);
  });

  test("the overview and the definitions name the same channels", () => {
    for (const { event, channels: named } of definitions)
      expect([event, rows.find((r) => r.event === event)?.channels]).toEqual([event, named]);
  });

  test("there is a subscription for each template, for all notifications, and for all triggers", () => {
    const templates = [...definitions.map((d) => d.template), "team_created"];
    const wishes = new Map(catalog.templates?.map((t) => [t.name, t.eventTypes]));
    expect(wishes.size).toBe(15);
    for (const template of templates) expect(wishes.get(template)).toEqual([`notification.${template}`]);
    expect(wishes.get("notifications")).toEqual(["notification.*"]);
    expect(wishes.get("triggers")).toEqual(["user.*", "organization.*", "team.*", "invitation.*"]);
  });
});

describe("the tables", () => {
  test("channels", () => {
    const shown = catalog.channels?.map((c) => [c.name, c.description, c.configuration]);
    expect(shown).toEqual(channels);
  });

  test("preferences, which are enabled unless a user disables them", () => {
    expect(catalog.preferences?.map((p) => [p.name, p.default, ["enabled", "disabled"]])).toEqual(preferences);
  });

  test.each([
    ["org_updates", (name: string) => name.startsWith("organization.")],
    ["team_updates", (name: string) => name.startsWith("team.")],
    ["invitation_updates", (name: string) => name.startsWith("invitation.")],
    ["competency_updates", (name: string) => name === "user.competency_verified"],
  ])("%s governs its triggers and their notifications, and no others", (preference, isGoverned) => {
    const governed = rows.map((r) => typeOf(catalog, r.event)).filter((t) => isGoverned(t.name));
    const expected = governed.flatMap((t) => [t.name, ...(t.derives ?? []).map((d) => d.type)]);
    const found = catalog.types.filter((t) => t.preference?.name === preference).map((t) => t.name);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  test("rate limits, each for the trigger and for its notification", () => {
    const [invitations, members, roles] = rateLimits;
    expect(limitsOf("invitation.created", "notification.invitation")).toEqual([
      { max: invitations?.[1], windowSeconds: 24 * 3600, per: ["/data/organizationId", "/metadata/organizationId"] },
      { max: invitations?.[1], windowSeconds: 24 * 3600, per: ["/metadata/organizationId", "/data/organizationName"] },
    ]);
    expect(limitsOf("team.members_added", "notification.team_member_added")).toEqual([
      { max: members?.[1], windowSeconds: 3600 },
      { max: members?.[1], windowSeconds: 3600 },
    ]);
    expect(limitsOf("organization.member_role_changed", "notification.role_changed")).toEqual([
      { max: roles?.[1], windowSeconds: 3600, per: ["/data/userId"] },
      { max: roles?.[1], windowSeconds: 3600, per: ["/metadata/userId", "/recipients/0"] },
    ]);
    expect(catalog.types.filter((t) => t.throttle !== undefined)).toHaveLength(6);
  });
});

function accepts(document: Json): boolean {
  return faultsOf(catalog, JSON.stringify(document)).length === 0;
}

function limitsOf(...names: string[]) {
  return names.map((name) => typeOf(catalog, name).throttle);
}
