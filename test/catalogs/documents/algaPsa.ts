import type { Json } from "#domain/catalog/document.ts";
import { presentText, proposedText } from "./algaPsaText.ts";

/** The fields of what is already present: of the naming and payload conventions, in the notation of the proposed ones. */
const presentFields: Readonly<Record<string, string>> = {
  COMPANY_CREATED: "tenantId, companyId, companyName?, createdByUserId?, createdAt?, status?",
  COMPANY_UPDATED: "tenantId, companyId, updatedByUserId?, updatedAt?, updatedFields?, changes?",
  TICKET_CREATED: "tenantId, ticketId, actorUserId?, actorContactId?, actorType?, createdAt?",
  TICKET_UPDATED: "tenantId, ticketId, actorUserId?, actorContactId?, actorType?, updatedAt?, updatedFields?, changes?",
  TICKET_CLOSED: "tenantId, ticketId, actorUserId?, actorContactId?, actorType?, closedAt?, reason?",
  TICKET_RESPONSE_STATE_CHANGED:
    "tenantId, ticketId, previousResponseState?, newResponseState?, actorUserId?, actorContactId?, actorType?, changedAt?",
  PROJECT_CREATED: "tenantId, projectId, createdByUserId?, createdAt?, status?",
  INVOICE_GENERATED: "tenantId, invoiceId, clientId?, companyId?, generatedByUserId?, generatedAt?",
  INVOICE_FINALIZED: "tenantId, invoiceId, clientId?, companyId?, finalizedByUserId?, finalizedAt?",
  INBOUND_EMAIL_RECEIVED: "tenantId, messageId?, threadId?, from?, to[]?, cc[]?, subject?, receivedAt?, provider?",
  EMAIL_PROVIDER_CONNECTED: "tenantId, providerId?, provider?, connectedByUserId?, connectedAt?",
  EMAIL_PROVIDER_DISCONNECTED: "tenantId, providerId?, provider?, disconnectedByUserId?, disconnectedAt?, reason?",
};

export interface DocumentField {
  readonly name: string;
  readonly optional: boolean;
  /** Of `a(b|c)`; of the bare name too, where the same name has them further up under the same subheading. */
  readonly values: readonly string[];
  /** `x[]` and `x[{…}]`. */
  readonly isList: boolean;
  /** Of `x{a,b}` and `x[{a, b?}]`. */
  readonly members: readonly DocumentField[];
  /** Of `a/b`, of which an event has at least one. */
  readonly alternatives: readonly string[];
}

export interface DocumentEvent {
  readonly name: string;
  /** "Name: Description"; empty for what is already present. */
  readonly description: string;
  readonly heading: string;
  readonly subheading: string;
  readonly fields: readonly DocumentField[];
}

const emailHeading = "Email + Notifications + Surveys (packages/email, packages/notifications, packages/surveys)";

/** The document's headings and subheadings, as the catalog's categories. */
export const categories: readonly (readonly [heading: string, subheading: RegExp, category: string, count: number])[] =
  [
    ["Tickets (packages/tickets)", /^/, "Tickets", 20],
    ["Scheduling (packages/scheduling)", /^/, "Scheduling", 13],
    ["Projects (packages/projects)", /^/, "Projects", 11],
    ["Billing (packages/billing)", /^/, "Billing", 19],
    ["CRM: Clients/Contacts/Interactions (packages/clients, packages/tags)", /^/, "CRM", 17],
    ["Documents (packages/documents)", /^/, "Documents", 8],
    [emailHeading, /^Email/, "Email Processing", 8],
    [emailHeading, /^Notifications/, "Notifications", 4],
    [emailHeading, /^Surveys/, "Surveys", 5],
    ["Integrations (packages/integrations)", /^/, "Integrations", 9],
    ["Assets + Media (packages/assets, packages/media)", /^$/, "Assets", 5],
    ["Assets + Media (packages/assets, packages/media)", /^Media/, "Media", 3],
  ];

/** The modules of what is already present: the document tells names only. */
export const presentCategories: readonly (readonly [names: RegExp, category: string, count: number])[] = [
  [/^TICKET_/, "Tickets", 4],
  [/^PROJECT_/, "Projects", 1],
  [/^INVOICE_/, "Billing", 2],
  [/^COMPANY_/, "CRM", 2],
  [/EMAIL_/, "Email Processing", 3],
];

export const presentEvents: readonly DocumentEvent[] = presentText
  .trim()
  .split(/[,\s]+/)
  .map((name) => ({
    name,
    description: "",
    heading: "",
    subheading: "",
    fields: fieldsIn(presentFields[name] ?? "", new Map()),
  }));

export const proposedEvents: readonly DocumentEvent[] = proposedText
  .trim()
  .split("\n\n")
  .flatMap((section) => {
    const [heading = "", ...lines] = section.split("\n");
    let subheading = "";
    let values = new Map<string, readonly string[]>();
    return lines.flatMap((line) => {
      const [, name, description, notation] = /^([A-Z_]+)— (.*) \((tenantId.*)\)$/.exec(line) ?? [];
      if (name !== undefined && description !== undefined && notation !== undefined)
        return [{ name, description, heading, subheading, fields: fieldsIn(notation, values) }];
      subheading = line;
      values = new Map();
      return [];
    });
  });

/** All event types of the document. */
export const events: readonly DocumentEvent[] = [...presentEvents, ...proposedEvents];

export function eventOf(name: string): DocumentEvent {
  const event = events.find((e) => e.name === name);
  if (event === undefined) throw new Error(`the document has no ${name}`);
  return event;
}

/** A whole event as a publisher writes it who has read the document only. */
export function writtenFrom(
  event: DocumentEvent,
  { optional }: { readonly optional: boolean },
): { [name: string]: Json } {
  const pascal = event.name.split("_").map((word) => `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`);
  return {
    event_type: event.name,
    payload_schema_ref: `payload.${pascal.join("")}.v1`,
    payload: payloadFrom(event.fields, optional),
  };
}

export function payloadFrom(fields: readonly DocumentField[], optional: boolean): { [name: string]: Json } {
  return Object.fromEntries(
    fields
      .filter((field) => optional || !field.optional)
      .map((field) => [field.alternatives[0] ?? field.name, valueFor(field, optional)]),
  );
}

function valueFor(field: DocumentField, optional: boolean): Json {
  const { name, values, isList, members } = field;
  const [first] = values;
  if (first !== undefined) return first;
  const one = members.length > 0 ? payloadFrom(members, optional) : named(name);
  return isList ? [one] : one;
}

const numbers =
  /^(minutes|sizeBytes|durationMs|score|baseline|delta|threshold|capacityLimit|currentBooked|reminderNumber)$/;

/** What the name of a field tells about its value. */
function named(name: string): Json {
  if (name.endsWith("At")) return "2026-02-03T04:05:06Z";
  if (/date$/i.test(name)) return "2026-02-03";
  if (/Ids$|^updatedFields$|^warnings$|^outputs$/.test(name)) return [`${name}-1`, `${name}-2`];
  if (numbers.test(name) || /^amount|Count$|^days|Seconds$|^invoicesCreated$/.test(name)) return 12;
  if (/^(created|updated|deleted|skipped)$/.test(name)) return 3;
  if (name === "billable" || name === "retryable") return true;
  if (name === "currency") return "EUR";
  if (name === "changes") return { title: { previous: "A", new: "B" } };
  if (/email$/i.test(name) || /^(from|to|cc)$/.test(name)) return "someone@example.org";
  return `${name} of the document`.replaceAll(" ", "-");
}

/** `tenantId, stage(response|resolution), to[], cc[]?, signers[{email, name?}], summary{created,updated}, clientId/companyId, reason?` */
function fieldsIn(notation: string, known: Map<string, readonly string[]>): DocumentField[] {
  return notation.split(/,\s*(?![^[{]*[\]}])/).map((text) => {
    const [, name = "", listed, list, inner, mark] =
      /^([\w/]+)(?:\(([^)]*)\))?(\[)?(?:\{([^}]*)\})?\]?(\?)?$/.exec(text) ?? [];
    const values = listed?.split("|") ?? known.get(name) ?? [];
    if (listed !== undefined) known.set(name, values);
    return {
      name,
      optional: mark === "?",
      values,
      isList: list === "[",
      members: inner === undefined ? [] : fieldsIn(inner, new Map()),
      alternatives: name.includes("/") ? name.split("/") : [],
    };
  });
}

/** By the name of the field: what the value cannot be. */
export function wrongValues({ name, values, isList, members }: DocumentField): readonly Json[] {
  if (values.length > 0) return ["another", 7, null];
  if (isList) return ["one", {}, [7], null];
  if (members.length > 0) return ["one", [], {}, null];
  const [, wrong] = forms.find(([names]) => names.test(name)) ?? [/^/, [7, null, {}, []]];
  return wrong;
}

const forms: readonly (readonly [names: RegExp, wrong: readonly Json[]])[] = [
  [/Ids$|^updatedFields$/, ["one", [7], [""], {}, null]],
  [/Id$|^from$|^to$/, ["", 7, null, {}]],
  [/date$|^(expires|overdue|renewal)At$/i, ["soon", "2026-02", 20_260_203, null]],
  [/At$/, ["yesterday", "2026-02-03", 1_770_091_506, null]],
  [/^(minutes|durationMs)$|Seconds$/, [-1, "3", null]],
  [/^daysUntil/, [1.5, "3", null]],
  [/^(sizeBytes|invoicesCreated|daysOverdue)$|Count$/, [-1, 1.5, "3", null]],
  [/^reminderNumber$/, [0, 1.5, "1", null]],
  [/^(capacityLimit|currentBooked)$/, [-1, "24", null]],
  [/^amount|^(score|baseline|delta|threshold)$/, ["12.50", true, null]],
  [/^(billable|retryable)$/, ["true", 1, null]],
  [/^currency$/, ["EURO", "EU", "E1R", "", 978, null]],
  [/email$/i, ["nowhere", "", 7, null]],
  [/^changes$/, ["title", ["title"], null]],
  [/Code$/, [true, {}, null]],
  [/^warnings$/, [true, {}, null]],
  [/^conditions$/, [7, [7], {}, null]],
  [/^location$/, [7, ["here"], null]],
  [/^(previous|new)ResponseState$/, [7, {}]],
  [/^(previousValue|newValue|scope|strategy|client|eta|outputs)$/, []],
];

/** By the name of the field: the forms that publishers may print besides the usual one, because the document gives names only. */
export function otherForms({ name }: DocumentField): readonly Json[] {
  return others.find(([names]) => names.test(name))?.[1] ?? [];
}

const others: readonly (readonly [names: RegExp, values: readonly Json[]])[] = [
  [/date$|^(expires|overdue|renewal)At$/i, ["2026-02-03", "2026-02-03T00:00:00Z", "2026-02-03T00:00:00.000+01:00"]],
  [/^(minutes|durationMs)$|Seconds$/, [0, 7.5, 1812.403]],
  [/^daysUntil/, [0, -2]],
  [/^currency$/, ["eur", "Usd"]],
  [/^(invoicesCreated|failedCount)$/, [0, [], ["invoice-1"], [{ invoiceId: "invoice-1" }]]],
  [/^warnings$/, ["One rate is missing", 3, [], ["One rate is missing"], [{ code: "rate" }], [3]]],
  [/^(scope|strategy|client|eta|outputs)$/, ["text", 15, true, null, ["a", { b: 1 }], { a: [1] }]],
];
