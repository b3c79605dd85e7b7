import { describe, expect, test } from "vitest";
import type { Json } from "#domain/catalog/document.ts";
import { lintCatalog } from "#domain/catalog/lint.ts";
import {
  categories,
  eventOf,
  events,
  otherForms,
  payloadFrom,
  presentCategories,
  presentEvents,
  proposedEvents,
  wrongValues,
  writtenFrom,
  type DocumentEvent,
  type DocumentField,
} from "./documents/algaPsa.ts";
import { faultsOf, fieldsOf, mistakesOf, readCatalog, typeOf, validatorOf, valueAt, versionOf } from "./support.ts";

const catalog = readCatalog("alga-psa");
const cases = events.map((event) => [event.name, event] as const);

describe("the event types are those of the document", () => {
  test("it has 134: 12 already present and 122 proposed", () => {
    expect([presentEvents.length, proposedEvents.length]).toEqual([12, 122]);
    expect(new Set(events.map((e) => e.name)).size).toBe(134);
  });

  test("each is one of the catalog's, and nothing else is", () => {
    expect(catalog.types.map((t) => t.name).toSorted()).toEqual(events.map((e) => e.name).toSorted());
  });

  test("each has the category of its module", () => {
    const categoriesOf = (of: readonly DocumentEvent[]) => of.map((e) => typeOf(catalog, e.name).category);
    for (const [heading, subheading, category, count] of categories) {
      const under = proposedEvents.filter((e) => e.heading === heading && subheading.test(e.subheading));
      expect(categoriesOf(under)).toEqual(Array.from({ length: count }, () => category));
    }
    for (const [of, category, count] of presentCategories) {
      const named = presentEvents.filter((e) => of.test(e.name));
      expect(categoriesOf(named)).toEqual(Array.from({ length: count }, () => category));
    }
    expect(catalog.categories?.map((c) => c.name)).toEqual(categories.map(([, , category]) => category));
  });

  test("each proposed one has the document's name and description", () => {
    const described = proposedEvents.map(({ name }) => [name, typeOf(catalog, name).description]);
    expect(described).toEqual(proposedEvents.map((e) => [e.name, e.description]));
  });

  test("names, schemas and examples hold together", () => {
    expect(mistakesOf(catalog)).toEqual([]);
  });

  test("names are SCREAMING_SNAKE_CASE", () => {
    const others = ["TicketClosed", "ticket_closed", "TICKET.CLOSED", "TICKET_", "_TICKET", "TICKET-CLOSED"];
    expect(others.filter((name) => new RegExp(catalog.naming.pattern).test(name))).toEqual([]);
  });

  test.each([
    ["TICKET_STATUS_CHANGED", "payload.TicketStatusChanged.v1"],
    ["TICKET_SLA_STAGE_BREACHED", "payload.TicketSlaStageBreached.v1"],
    ["CSAT_ALERT_TRIGGERED", "payload.CsatAlertTriggered.v1"],
    ["TECHNICIAN_EN_ROUTE", "payload.TechnicianEnRoute.v1"],
  ])("the payload of %s is %s", (name, ref) => {
    expect(versionOf(typeOf(catalog, name)).ref).toBe(ref);
  });

  test("every type has one version, and a payload of its own", () => {
    expect(new Set(catalog.types.map((t) => t.versions.map((v) => v.version).join()))).toEqual(new Set(["v1"]));
    expect(new Set(catalog.types.map((t) => versionOf(t).ref)).size).toBe(134);
  });
});

describe("a payload written from the document", () => {
  test.each(cases)("of %s is accepted, with and without what is optional, and with what is new", (name, event) => {
    const validator = validatorOf(catalog, name);
    for (const optional of [true, false]) {
      const payload = payloadFrom(event.fields, optional);
      expect(validator.validate(payload)).toEqual([]);
      expect(validator.validate({ ...payload, addedLater: { a: 1 } })).toEqual([]);
    }
  });

  test.each(cases)("of %s has the fields that the schema knows, and those that the example shows", (name, event) => {
    const expected = event.fields.flatMap((f) => (f.alternatives.length > 0 ? f.alternatives : [f.name]));
    const { schema, example } = versionOf(typeOf(catalog, name));
    expect(fieldsOf(valueAt(schema, "/properties") ?? null)).toEqual(expected);
    expect(fieldsOf(example).filter((field) => !expected.includes(field))).toEqual([]);
  });

  test.each(cases)("of %s is refused without a required field, and not without an optional one", (name, event) => {
    const validator = validatorOf(catalog, name);
    const full = payloadFrom(event.fields, true);
    for (const field of event.fields.filter((f) => !isOneOfPair(f))) {
      const { [field.alternatives[0] ?? field.name]: _, ...rest } = full;
      expect([field.name, validator.validate(rest).length === 0]).toEqual([field.name, field.optional]);
    }
  });

  test.each(cases)("of %s is accepted with every form that a field's name allows", (name, { fields }) => {
    const tried = fields.flatMap((field) => otherForms(field).map((value) => ({ [field.name]: value })));
    expect(tried.filter((members) => faultsWith(name, members).length > 0)).toEqual([]);
  });

  test.each(cases)("of %s is refused with a field of another type, or another form", (name, event) => {
    const validator = validatorOf(catalog, name);
    const full = payloadFrom(event.fields, true);
    for (const field of event.fields.flatMap(asSingle)) {
      for (const wrong of wrongValues(field)) {
        const faults = validator.validate({ ...full, [field.name]: wrong });
        expect([field.name, wrong, faults[0]?.pointer.split("/")[1]]).toEqual([field.name, wrong, field.name]);
      }
    }
  });
});

describe("the document's notation", () => {
  const listed = events.flatMap((e) => e.fields.filter((f) => f.values.length > 0).map((f) => [e, f] as const));

  test("fourteen enumerations are written, and six bare names repeat one", () => {
    const types = Map.groupBy(listed, ([, f]) => `${f.name}(${f.values.join("|")})`);
    expect([...types].map(([written, of]) => `${written} ${of.map(([e]) => e.name).join()}`)).toEqual([
      "visibility(public|internal) TICKET_MESSAGE_ADDED",
      "authorType(user|contact) TICKET_MESSAGE_ADDED",
      "channel(email|portal|ui|api) TICKET_MESSAGE_ADDED,TICKET_CUSTOMER_REPLIED",
      "stage(response|resolution|custom) TICKET_SLA_STAGE_ENTERED,TICKET_SLA_STAGE_MET,TICKET_SLA_STAGE_BREACHED",
      "party(customer|agent) APPOINTMENT_NO_SHOW",
      "ownerType(user|team) SCHEDULE_BLOCK_CREATED",
      "assignedToType(user|team) PROJECT_TASK_ASSIGNED",
      "deliveryMethod(email|portal|print) INVOICE_SENT",
      "entityType(client|contact) NOTE_CREATED",
      "bounceType(hard|soft) EMAIL_BOUNCED",
      "channel(email|sms|in_app|push) NOTIFICATION_SENT,NOTIFICATION_DELIVERED,NOTIFICATION_FAILED,NOTIFICATION_READ",
      "surveyType(csat|nps|custom) SURVEY_SENT",
      "window(daily|weekly|monthly) CSAT_ALERT_TRIGGERED",
      "scopeType(agent|team|org) CSAT_ALERT_TRIGGERED",
    ]);
  });

  test("a(b|c) takes each of its values, and no other", () => {
    for (const [event, field] of listed) {
      const faults = (value: Json) => faultsWith(event.name, { [field.name]: value });
      expect(field.values.flatMap(faults)).toEqual([]);
      expect(faults("another")).toEqual([`/${field.name}`]);
      expect([event.name, listedIn(event.name, field.name)]).toEqual([event.name, field.values]);
    }
  });

  test.each(["INVOICE_SENT", "INVOICE_OVERDUE", "PAYMENT_RECORDED", "PAYMENT_FAILED", "CREDIT_NOTE_CREATED"])(
    "clientId/companyId: %s has one of the two, or both",
    (name) => {
      const event = eventOf(name);
      expect(event.fields.filter((f) => f.alternatives.length > 0)).toHaveLength(1);
      const { clientId, ...rest } = payloadFrom(event.fields, true);
      const faults = (value: object) => validatorOf(catalog, name).validate(value);
      expect(faults({ ...rest, clientId })).toEqual([]);
      expect(faults({ ...rest, companyId: "company-1" })).toEqual([]);
      expect(faults({ ...rest, clientId, companyId: "company-1" })).toEqual([]);
      expect(faults(rest).length).toBeGreaterThan(0);
      expect(faults({ ...rest, companyId: "" })[0]?.pointer).toBe("/companyId");
    },
  );

  test("applications[{invoiceId, amountApplied}] is a list of objects with both", () => {
    const first = { invoiceId: "invoice-901", amountApplied: 120.5 };
    expect(faultsWith("PAYMENT_APPLIED", { applications: [] })).toEqual([]);
    expect(
      faultsWith("PAYMENT_APPLIED", { applications: [first, { ...first, invoiceId: "invoice-902", later: true }] }),
    ).toEqual([]);
    expect(faultsWith("PAYMENT_APPLIED", { applications: [first, { invoiceId: "invoice-902" }] })).toEqual([
      "/applications/1",
    ]);
    expect(faultsWith("PAYMENT_APPLIED", { applications: [{ amountApplied: 1 }] })).toEqual(["/applications/0"]);
    expect(faultsWith("PAYMENT_APPLIED", { applications: [{ ...first, amountApplied: "120.50" }] })).toEqual([
      "/applications/0/amountApplied",
    ]);
    expect(faultsWith("PAYMENT_APPLIED", { applications: first })).toEqual(["/applications"]);
  });

  test("signers[{email, name?}] is a list of objects whose name may be missing", () => {
    expect(
      faultsWith("DOCUMENT_SIGNATURE_REQUESTED", {
        signers: [{ email: "ada@example.org" }, { email: "bo@example.org", name: "Bo" }],
      }),
    ).toEqual([]);
    expect(faultsWith("DOCUMENT_SIGNATURE_REQUESTED", { signers: [{ name: "Bo" }] })).toEqual(["/signers/0"]);
    expect(faultsWith("DOCUMENT_SIGNATURE_REQUESTED", { signers: [{ email: "nowhere" }] })).toEqual([
      "/signers/0/email",
    ]);
  });

  test("summary{created,updated,deleted,skipped} is an object with all four", () => {
    expect(
      faultsWith("INTEGRATION_SYNC_COMPLETED", { summary: { created: 12, updated: 30, deleted: 1, skipped: 0 } }),
    ).toEqual([]);
    expect(faultsWith("INTEGRATION_SYNC_COMPLETED", { summary: { created: 12, updated: 30, deleted: 1 } })).toEqual([
      "/summary",
    ]);
    expect(
      faultsWith("INTEGRATION_SYNC_COMPLETED", { summary: { created: 12, updated: 30, deleted: 1, skipped: -1 } }),
    ).toEqual(["/summary/skipped"]);
  });

  test("to[] and cc[]? are lists, and to is one recipient", () => {
    expect(faultsWith("OUTBOUND_EMAIL_QUEUED", { to: ["ada@example.org", "Bo <bo@example.org>"], cc: [] })).toEqual([]);
    expect(faultsWith("OUTBOUND_EMAIL_QUEUED", { to: "ada@example.org" })).toEqual(["/to"]);
    expect(faultsWith("OUTBOUND_EMAIL_QUEUED", { cc: [7] })).toEqual(["/cc/0"]);
    expect(faultsWith("EMAIL_DELIVERED", { to: ["ada@example.org"] })).toEqual(["/to"]);
  });
});

describe("what is already present", () => {
  test("requires the tenant and what it is about, and nothing that the document does not name", () => {
    const ticket = { tenantId: "a", ticketId: "b", priority: { id: 1 } };
    expect(validatorOf(catalog, "TICKET_CREATED").validate(ticket)).toEqual([]);
    expect(validatorOf(catalog, "INBOUND_EMAIL_RECEIVED").validate({ tenantId: "a", emailData: {} })).toEqual([]);
  });

  test("a response state changes from one to another", () => {
    const ticket = { tenantId: "a", ticketId: "b" };
    const validator = validatorOf(catalog, "TICKET_RESPONSE_STATE_CHANGED");
    const states = { previousResponseState: null, newResponseState: "awaiting_client" };
    expect(validator.validate({ ...ticket, ...states })).toEqual([]);
    expect(validator.validate({ ...ticket, newResponseState: "awaiting_client" })).toHaveLength(1);
    expect(validator.validate({ ...ticket, previousResponseState: "awaiting_client" })).toHaveLength(1);
  });
});

describe("the conventions", () => {
  test("are checked, all of them, and two types break one, as the document has it", () => {
    expect(catalog.conventions).toEqual(["tenantId", "actor", "transition", "changes", "payloadRef"]);
    expect(lintCatalog(catalog).map((f) => f.detail)).toEqual([
      "CONTACT_PRIMARY_SET: previousPrimaryContactId stands without newPrimaryContactId",
      "TAG_DEFINITION_UPDATED: neither changes nor updatedFields tell what was updated",
    ]);
  });
});

describe("the envelope", () => {
  const payload = payloadFrom(eventOf("TICKET_ASSIGNED").fields, true);
  const payloadRef = "payload.TicketAssigned.v1";

  test.each(cases)("%s as the conventions write it is accepted", (_name, event) => {
    expect(faultsOf(catalog, JSON.stringify(writtenFrom(event, { optional: true })))).toEqual([]);
  });

  test.each([
    ["snake_case", { event_id: "e-1", event_type: "TICKET_ASSIGNED", payload_schema_ref: payloadRef, payload }],
    ["camelCase", { eventId: "e-1", eventType: "TICKET_ASSIGNED", payloadSchemaRef: payloadRef, payload }],
    ["short", { id: "e-1", type: "TICKET_ASSIGNED", data: payload }],
    ["with the type beside the payload's own members", { event_type: "TICKET_ASSIGNED", ...payload }],
  ])("is read %s", (_form, written) => {
    expect(faultsOf(catalog, JSON.stringify(written))).toEqual([]);
  });

  test("an event without its type or its tenant is refused", () => {
    const { tenantId: _, ...rest } = payload;
    expect(faultsOf(catalog, JSON.stringify({ payload }))).toEqual(["the envelope lacks its type"]);
    expect(faultsOf(catalog, JSON.stringify({ event_type: "TICKET_ASSIGNED", payload: rest }))).toEqual([
      "the envelope lacks its tenantId",
    ]);
  });

  test("the gateway writes event_type, payload_schema_ref and payload", () => {
    expect(catalog.envelopes.map(({ fields: { type, schemaRef, data } }) => [type, schemaRef, data])).toMatchObject([
      [
        { pointers: ["/event_type", "/eventType", "/type"] },
        { pointers: ["/payload_schema_ref", "/payloadSchemaRef"] },
        { pointers: ["/payload", "/data", ""] },
      ],
    ]);
  });
});

/** Where a payload with everything and these members instead is refused. */
function faultsWith(name: string, members: Json): readonly string[] {
  const payload = { ...payloadFrom(eventOf(name).fields, true), ...Object(members) };
  return validatorOf(catalog, name)
    .validate(payload)
    .map((fault) => fault.pointer);
}

/** The values that the schema lists for a field, itself or by a definition. */
function listedIn(name: string, field: string): Json | undefined {
  const property = valueAt(versionOf(typeOf(catalog, name)).schema, `/properties/${field}`) ?? null;
  const ref = valueAt(property, "/$ref");
  const target = typeof ref === "string" ? catalog.definitions?.[ref.replace("#/$defs/", "")] : property;
  return valueAt(target ?? null, "/enum");
}

/** Optional, but not without its other half. */
function isOneOfPair({ name }: DocumentField): boolean {
  return name === "previousResponseState" || name === "newResponseState";
}

/** `a/b` as the two that it stands for. */
function asSingle(field: DocumentField): DocumentField[] {
  return field.alternatives.length > 0 ? field.alternatives.map((name) => ({ ...field, name })) : [field];
}
