import { describe, expect, test } from "vitest";
import type { Json } from "#domain/catalog/document.ts";
import { app, cases, teamAdded, type Case } from "./documents/organization-notifications-metadata.ts";
import { definitions } from "./documents/organization-notifications.ts";
import { asMap, evaluate, faultsOf, readCatalog, valueAt, withValue } from "./support.ts";

const catalog = readCatalog("organization-notifications");

describe("a trigger whose metadata has recipients makes the notifications of the document", () => {
  test.each(cases.map((c) => [c.event, c] as const))("%s, with a list of addresses", async (event, given) => {
    const { payload } = definitionOf(event);
    const recipients = valueAt(JSON.parse(payload), "/recipients") ?? null;
    expect(await derived(triggerOf(given, recipients))).toEqual(expected(given));
  });

  test.each(cases.filter((c) => c.user !== null).map((c) => [c.event, c] as const))(
    "%s, with addresses by user id",
    async (event, given) => {
      const address = valueAt(JSON.parse(definitionOf(event).payload), "/recipients/0") ?? null;
      expect(await derived(triggerOf(given, { [given.user ?? ""]: address, other: "other@example.com" }))).toEqual(
        expected(given),
      );
    },
  );

  test("each of userIds gets its own: one by e-mail and one in-app", async () => {
    const addresses = ["user1@example.com", "user2@example.com", "user3@example.com"];
    const users = ["user-1", "user-2", "user-3"];
    const payload: Json = JSON.parse(definitionOf("team.members_added").payload);
    const all = users.flatMap((userId, i) => [
      { document: withValue(payload, "/recipients", [addresses[i] ?? ""]), userId },
      { document: withValue(withValue(payload, "/type", "in-app"), "/recipients", [userId]), userId },
    ]);
    const trigger: Json = JSON.parse(definitionOf("team.members_added").trigger ?? "");
    const byUser = Object.fromEntries(users.map((user, i) => [user, addresses[i] ?? ""]));
    for (const recipients of [addresses, byUser])
      expect(await derived(withValue(trigger, "/metadata", { recipients, ...teamAdded }))).toEqual(texts(all));
  });

  test("one added user is notified like several", async () => {
    const trigger: Json = JSON.parse(definitionOf("team.members_added").trigger ?? "");
    const one = withValue(trigger, "/data/userIds", ["user-1"]);
    const made = await derived(withValue(one, "/metadata", { recipients: ["user1@example.com"], ...teamAdded }));
    expect(made[0]).toEqual(
      texts([{ document: JSON.parse(definitionOf("team.members_added").payload), userId: "user-1" }])[0],
    );
    expect(made).toHaveLength(2);
  });

  test("of a list, each address is for the user in the same place", async () => {
    const trigger: Json = JSON.parse(definitionOf("team.members_added").trigger ?? "");
    const recipients = ["user1@example.com", null, "user3@example.com"];
    const made = await evaluateAll(withValue(trigger, "/metadata", { recipients, ...teamAdded }));
    expect(made.map((m) => [valueAt(m, "/userId"), valueAt(m, "/document/recipients/0")])).toEqual([
      ["user-1", "user1@example.com"],
      ["user-1", "user-1"],
      ["user-2", "user-2"],
      ["user-3", "user3@example.com"],
      ["user-3", "user-3"],
    ]);
  });

  test("the member removed from a team is told in-app", async () => {
    const { payload } = definitionOf("team.member_removed");
    const data = { teamId: "team-789", organizationId: "org-123", userId: "user-789" };
    const metadata = { recipients: [], teamName: "Engineering" };
    expect(await derived({ type: "team.member_removed", data, metadata })).toEqual(
      texts([{ document: JSON.parse(payload), userId: "user-789" }]),
    );
  });

  test("the creator of a team is told in-app, with the team's name where the trigger has it", async () => {
    const data = { teamId: "team-789", organizationId: "org-123", name: "Engineering", createdBy: "admin-456" };
    const metadata = { recipients: [], teamLink: `${app}/teams/team-789` };
    const document = {
      type: "in-app",
      template: "team_created",
      recipients: ["admin-456"],
      data: { teamName: "Engineering", teamLink: `${app}/teams/team-789` },
      priority: "low",
    };
    expect(await derived({ type: "team.created", data, metadata })).toEqual(texts([{ document, userId: "admin-456" }]));
  });
});

describe("who asked for nothing gets nothing", () => {
  const deriving = catalog.types.filter((t) => t.derives !== undefined);

  test.each(deriving.map((t) => [t.name, t] as const))("%s without metadata.recipients", async (_name, type) => {
    const [version] = type.versions;
    for (const metadata of [undefined, {}, { recipients: null }, { recipients: "user@example.com" }]) {
      const document = { type: type.name, data: version?.example ?? null, ...(metadata && { metadata }) };
      for (const { documents } of type.derives ?? []) expect(await evaluate(documents, document)).toBeUndefined();
    }
  });
});

describe("what the publisher leaves out", () => {
  test.each([
    "user.account_deleted",
    "organization.member_joined",
    "organization.member_removed",
    "invitation.created",
  ])("%s goes to the address in the trigger where recipients has none", async (event) => {
    const given = caseOf(event);
    for (const recipients of [[], {}]) expect(await derived(triggerOf(given, recipients))).toEqual(expected(given));
  });

  test.each(["user.competency_verified", "organization.member_role_changed"])(
    "%s is told in-app only where there is no address",
    async (event) => {
      const given = caseOf(event);
      for (const recipients of [[], { other: "other@example.com" }])
        expect(await derived(triggerOf(given, recipients))).toEqual(expected(given).slice(1));
    },
  );

  test("an added user without an address is told in-app only", async () => {
    const trigger: Json = JSON.parse(definitionOf("team.members_added").trigger ?? "");
    const recipients = { "user-2": "user2@example.com" };
    const made = await evaluateAll(withValue(trigger, "/metadata", { recipients, ...teamAdded }));
    expect(made.map((m) => [valueAt(m, "/document/type"), valueAt(m, "/document/recipients/0")])).toEqual([
      ["in-app", "user-1"],
      ["email", "user2@example.com"],
      ["in-app", "user-2"],
      ["in-app", "user-3"],
    ]);
  });

  test("no e-mail is made for nobody", async () => {
    for (const event of ["organization.created", "organization.sso_configured", "invitation.expired"])
      expect([event, await derived(triggerOf(caseOf(event), []))]).toEqual([event, []]);
  });

  test("an inviter whose id is not known is told by e-mail only", async () => {
    const given = caseOf("invitation.accepted");
    const { inviterId: _inviterId, ...metadata } = given.metadata;
    const trigger = triggerOf({ ...given, metadata }, ["admin@example.com"]);
    const document: Json = JSON.parse(definitionOf("invitation.accepted").payload);
    expect(await derived(trigger)).toEqual(texts([{ document }]));
  });

  test.each(["invitation.accepted", "invitation.expired"])(
    "%s: the only id in recipients is the inviter",
    async (event) => {
      const given = caseOf(event);
      const { inviterId: _inviterId, ...metadata } = given.metadata;
      expect(await derived(triggerOf({ ...given, metadata }, { "admin-456": "admin@example.com" }))).toEqual(
        expected(given),
      );
    },
  );

  test("all admins are in one notification, which says who they are where recipients or adminIds do", async () => {
    const given = caseOf("organization.sso_configured");
    const recipients = { "admin-1": "admin1@example.com", "admin-2": "admin2@example.com" };
    const document: Json = JSON.parse(definitionOf("organization.sso_configured").payload);
    const userIds = ["admin-1", "admin-2"];
    expect(await derived(triggerOf(given, recipients))).toEqual(texts([{ document, userIds }]));
    const metadata = { ...given.metadata, adminIds: userIds };
    expect(await derived(triggerOf({ ...given, metadata }, Object.values(recipients)))).toEqual(
      texts([{ document, userIds }]),
    );
  });

  test("an invitee who is a user already is named by metadata", async () => {
    const given = caseOf("invitation.created");
    const metadata = { ...given.metadata, inviteeId: "new-user-789" };
    const [made] = await evaluateAll(triggerOf({ ...given, metadata }, { "new-user-789": "other@example.com" }));
    expect([valueAt(made ?? null, "/userId"), valueAt(made ?? null, "/document/recipients")]).toEqual([
      "new-user-789",
      ["other@example.com"],
    ]);
  });

  test("metadata counts before what the trigger carries", async () => {
    const given = caseOf("organization.created");
    const metadata = { ...given.metadata, organizationName: "Acme Corporation" };
    const [made] = await evaluateAll(triggerOf({ ...given, metadata }, ["admin@example.com"]));
    expect(valueAt(made ?? null, "/document/data/organizationName")).toBe("Acme Corporation");
  });

  test("a name that nobody gave is not made up: the notification is not valid", async () => {
    const given = caseOf("user.competency_verified");
    const [made] = await evaluateAll(triggerOf({ ...given, metadata: {} }, ["user@example.com"]));
    expect(faultsOf(catalog, JSON.stringify(valueAt(made ?? null, "/document")))).toEqual([
      "/data must have required properties verifiedByName, profileLink",
    ]);
  });
});

function definitionOf(event: string) {
  const definition = definitions.find((d) => d.event === event);
  if (definition === undefined) throw new Error(`the document does not define ${event}`);
  return definition;
}

function caseOf(event: string): Case {
  const found = cases.find((c) => c.event === event);
  if (found === undefined) throw new Error(`there is no case of ${event}`);
  return found;
}

/** The trigger as printed, and beside it what a publisher adds to have its notifications made. */
function triggerOf({ event, metadata, timestamp: at }: Case, recipients: Json): Json {
  const printed = asMap(JSON.parse(definitionOf(event).trigger ?? ""));
  return { ...printed, ...(at !== undefined && { timestamp: at }), metadata: { recipients, ...metadata } };
}

/** The payload as printed, for each channel. */
function expected({ event, user }: Case): string[] {
  const { payload, channels } = definitionOf(event);
  const document: Json = JSON.parse(payload);
  return texts(
    channels.map((channel) => {
      const own =
        channel === "email" ? document : withValue(withValue(document, "/type", channel), "/recipients", [user]);
      return user === null ? { document: own } : { document: own, userId: user };
    }),
  );
}

/** All that follows from a trigger, as texts: the order of members counts. Each is an event of the catalog. */
async function derived(trigger: Json): Promise<string[]> {
  const made = await evaluateAll(trigger);
  for (const one of made) expect(faultsOf(catalog, JSON.stringify(valueAt(one, "/document")))).toEqual([]);
  return texts(made);
}

async function evaluateAll(trigger: Json): Promise<Json[]> {
  expect(faultsOf(catalog, JSON.stringify(trigger))).toEqual([]);
  const type = catalog.types.find((t) => t.name === valueAt(trigger, "/type"));
  const derives = type?.derives ?? [];
  const made = await Promise.all(derives.map(({ documents }) => evaluate(documents, trigger)));
  return made.flatMap((result) => (Array.isArray(result) ? result : (result ?? [])));
}

function texts(values: readonly Json[]): string[] {
  return values.map((value) => JSON.stringify(value));
}
