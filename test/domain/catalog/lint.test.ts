import { describe, expect, test } from "vitest";
import type { CatalogDocument, CatalogType, JsonSchema } from "#domain/catalog/document.ts";
import { lintCatalog } from "#domain/catalog/lint.ts";

const text = { type: "string" };

const ticketMoved = typeWith("TICKET_MOVED", "payload.TicketMoved.v1", {
  type: "object",
  required: ["tenantId", "ticketId"],
  properties: { tenantId: text, ticketId: text, previousBoardId: text, newBoardId: text, actorUserId: text },
});

function typeWith(name: string, ref: string, schema: JsonSchema): CatalogType {
  return { name, description: "Of the test.", versions: [{ version: "v1", ref, schema, example: {} }] };
}

function payloadOf(required: readonly string[], ...optional: readonly string[]): JsonSchema {
  return { required, properties: Object.fromEntries([...required, ...optional].map((name) => [name, text])) };
}

function catalogOf(types: readonly CatalogType[], more: Partial<CatalogDocument> = {}): CatalogDocument {
  return {
    catalog: "conventions",
    title: "Conventions",
    naming: { pattern: "^[A-Z_]+$", words: "SCREAMING_SNAKE_CASE" },
    conventions: ["tenantId", "actor", "transition", "changes", "payloadRef"],
    envelopes: [{ name: "event", fields: { type: { pointers: ["/type"] }, data: { pointers: ["/data"] } } }],
    types,
    ...more,
  };
}

/** What is found in a catalog of the one type. */
function findingsOf(name: string, ref: string, schema: JsonSchema): readonly string[] {
  return lintCatalog(catalogOf([typeWith(name, ref, schema)])).map((finding) => finding.detail);
}

describe("the conventions of a catalog", () => {
  test("a type that follows them all has no finding", () => {
    expect(lintCatalog(catalogOf([ticketMoved]))).toEqual([]);
  });

  test("those that the catalog does not name are not checked", () => {
    const types = [typeWith("TICKET_UPDATED", "anything", { properties: { newBoardId: text } })];
    expect(lintCatalog(catalogOf(types, { conventions: [] }))).toEqual([]);
    const { conventions: _, ...silent } = catalogOf(types);
    expect(lintCatalog(silent)).toEqual([]);
  });

  test("a finding points to the version that it is about, in the order of the types", () => {
    const older = typeWith("TICKET_LEFT", "payload.TicketLeft.v1", payloadOf(["tenantId", "leftByUserId"]));
    const left = {
      ...older,
      versions: [...older.versions, { version: "v2", schema: payloadOf(["leftByUserId"]), example: {} }],
    };
    expect(lintCatalog(catalogOf([ticketMoved, left]))).toEqual([
      { pointer: "/types/1/versions/1/schema", convention: "tenantId", detail: "TICKET_LEFT: tenantId is missing" },
      {
        pointer: "/types/1/versions/1",
        convention: "payloadRef",
        detail: "TICKET_LEFT: the payload's reference is missing instead of payload.TicketLeft.v2",
      },
    ]);
  });

  test("members are found through definitions, and where schemas are composed", () => {
    const schema = {
      $ref: "#/$defs/scoped",
      allOf: [{ required: ["ticketId"], properties: { ticketId: text } }],
      anyOf: [{ properties: { closedByUserId: text } }, { properties: { contactId: text } }],
    };
    const definitions = { scoped: { required: ["tenantId"], properties: { tenantId: text } } };
    const types = [typeWith("TICKET_CLOSED", "payload.TicketClosed.v1", schema)];
    expect(lintCatalog(catalogOf(types, { definitions }))).toEqual([]);
  });

  test("definitions that go round do not hang it", () => {
    const definitions = { a: { $ref: "#/$defs/b" }, b: { allOf: [{ $ref: "#/$defs/a" }] } };
    const types = [typeWith("TICKET_CLOSED", "payload.TicketClosed.v1", { $ref: "#/$defs/a" })];
    expect(lintCatalog(catalogOf(types, { definitions })).map((finding) => finding.convention)).toEqual([
      "tenantId",
      "actor",
    ]);
  });
});

describe("tenantId", () => {
  test("a payload without it is found", () => {
    expect(findingsOf("TICKET_LOST", "payload.TicketLost.v1", payloadOf(["actorUserId"]))).toEqual([
      "TICKET_LOST: tenantId is missing",
    ]);
  });

  test("a payload that may leave it out is found", () => {
    expect(findingsOf("TICKET_LOST", "payload.TicketLost.v1", payloadOf(["actorUserId"], "tenantId"))).toEqual([
      "TICKET_LOST: tenantId is not required",
    ]);
    const either = { anyOf: [payloadOf(["tenantId"]), payloadOf(["organizationId"])] };
    expect(findingsOf("SYNC_LOST", "payload.SyncLost.v1", either)).toEqual(["SYNC_LOST: tenantId is not required"]);
  });

  test("a schema that takes anything has none", () => {
    expect(findingsOf("SYNC_LOST", "payload.SyncLost.v1", true)).toEqual(["SYNC_LOST: tenantId is missing"]);
  });
});

describe("actor", () => {
  test("what somebody does without a name for who does it is found", () => {
    expect(
      findingsOf("TICKET_CLOSED", "payload.TicketClosed.v1", payloadOf(["tenantId", "ticketId", "contactId"])),
    ).toEqual(["TICKET_CLOSED: no member names who caused it, such as actorUserId or createdByUserId"]);
  });

  test.each([
    "actorUserId",
    "actorContactId",
    "createdByUserId",
    "initiatedByUserId",
    "closedBy",
    "authorId",
    "signerId",
    "technicianUserId",
  ])("%s names one", (name) => {
    expect(findingsOf("TICKET_CLOSED", "payload.TicketClosed.v1", payloadOf(["tenantId"], name))).toEqual([]);
  });

  test.each(["actorType", "blockedByTaskId", "userId", "ownerId", "recipientId"])("%s names none", (name) => {
    expect(findingsOf("TICKET_CLOSED", "payload.TicketClosed.v1", payloadOf(["tenantId"], name))).toHaveLength(1);
  });

  test("the contact of what a customer does is who does it", () => {
    const schema = payloadOf(["tenantId", "contactId"]);
    expect(findingsOf("TICKET_CUSTOMER_REPLIED", "payload.TicketCustomerReplied.v1", schema)).toEqual([]);
  });

  test.each([
    ["INVOICE_OVERDUE", "payload.InvoiceOverdue.v1"],
    ["TICKET_SLA_STAGE_MET", "payload.TicketSlaStageMet.v1"],
    ["EMAIL_DELIVERED", "payload.EmailDelivered.v1"],
    ["DOCUMENT_SIGNATURE_EXPIRED", "payload.DocumentSignatureExpired.v1"],
    ["PROJECT_TASK_DEPENDENCY_UNBLOCKED", "payload.ProjectTaskDependencyUnblocked.v1"],
  ])("%s, which a machine or a clock causes, needs none", (name, ref) => {
    expect(findingsOf(name, ref, payloadOf(["tenantId"]))).toEqual([]);
  });
});

describe("transition", () => {
  test("a new value without the previous one is found", () => {
    const schema = payloadOf(["tenantId", "actorUserId", "newStatusId"]);
    expect(findingsOf("TICKET_MOVED", "payload.TicketMoved.v1", schema)).toEqual([
      "TICKET_MOVED: newStatusId stands without previousStatusId",
    ]);
  });

  test("a previous value without the new one is found", () => {
    const schema = payloadOf(["tenantId", "actorUserId", "previousStatusId"]);
    expect(findingsOf("TICKET_MOVED", "payload.TicketMoved.v1", schema)).toEqual([
      "TICKET_MOVED: previousStatusId stands without newStatusId",
    ]);
  });

  test("what is unassigned or removed has a previous value only", () => {
    const schema = payloadOf(["tenantId", "actorUserId", "previousOwnerId"]);
    expect(findingsOf("ASSET_UNASSIGNED", "payload.AssetUnassigned.v1", schema)).toEqual([]);
    expect(findingsOf("ASSET_OWNER_REMOVED", "payload.AssetOwnerRemoved.v1", schema)).toEqual([]);
  });

  test("a list of what is new is no transition, by a definition neither", () => {
    const properties = { tenantId: text, actorUserId: text, newTicketIds: { $ref: "#/$defs/ids" } };
    const types = [typeWith("TICKET_SPLIT", "payload.TicketSplit.v1", { required: ["tenantId"], properties })];
    const definitions = { ids: { type: "array" } };
    expect(lintCatalog(catalogOf(types, { definitions }))).toEqual([]);
  });

  test("a word that only begins like them is none", () => {
    expect(
      findingsOf("TICKET_MOVED", "payload.TicketMoved.v1", payloadOf(["tenantId", "actorUserId"], "newsletterId")),
    ).toEqual([]);
  });
});

describe("changes", () => {
  test("an update that does not say what was updated is found", () => {
    const schema = payloadOf(["tenantId", "updatedByUserId", "updatedAt"]);
    expect(findingsOf("CLIENT_UPDATED", "payload.ClientUpdated.v1", schema)).toEqual([
      "CLIENT_UPDATED: neither changes nor updatedFields tell what was updated",
    ]);
  });

  test.each(["changes", "updatedFields"])("%s is enough", (name) => {
    const schema = payloadOf(["tenantId", "updatedByUserId"], name);
    expect(findingsOf("CLIENT_UPDATED", "payload.ClientUpdated.v1", schema)).toEqual([]);
  });
});

describe("payloadRef", () => {
  const schema = payloadOf(["tenantId", "actorUserId"]);

  test.each(["payload.Ticket_Closed.v1", "payload.TicketClosed.v2", "TicketClosed.v1"])("%s is found", (ref) => {
    expect(lintCatalog(catalogOf([typeWith("TICKET_CLOSED", ref, schema)]))).toEqual([
      {
        pointer: "/types/0/versions/0/ref",
        convention: "payloadRef",
        detail: `TICKET_CLOSED: the payload's reference is ${ref} instead of payload.TicketClosed.v1`,
      },
    ]);
  });

  test.each(["TICKET_CLOSED", "ticket.closed", "TicketClosed", "Ticket.Closed"])("%s is TicketClosed", (name) => {
    expect(findingsOf(name, "payload.TicketClosed.v1", schema)).toEqual([]);
  });
});
