import type { Json } from "#domain/catalog/document.ts";
import { withValue } from "../support.ts";

/** What the document of the base events prints: its base structure, and the interfaces of each service under their headings. */
export const baseEvent = `interface BaseEvent {
  eventId: string;          // UUID
  eventType: string;        // e.g., "OrganizationCreated"
  eventVersion: string;     // e.g., "v1"
  timestamp: string;        // ISO 8601
  source: string;           // Service name
  correlationId: string;    // For tracing
  traceId?: string;         // OpenTelemetry trace ID
  userId?: string;          // Actor (if applicable)
  organizationId?: string;  // Tenant context (if applicable)
  metadata?: Record<string, any>;
}`;

export const services: readonly { readonly heading: string; readonly interfaces: string }[] = [
  {
    heading: "Identity Service Events",
    interfaces: `interface UserRegisteredEvent extends BaseEvent {
  eventType: "UserRegistered";
  eventVersion: "v1";
  data: {
    userId: string;
    email: string;
    registeredAt: string;
  };
}
interface UserLoggedInEvent extends BaseEvent {
  eventType: "UserLoggedIn";
  eventVersion: "v1";
  data: {
    userId: string;
    sessionId: string;
    loginAt: string;
    ipAddress?: string;
  };
}
interface UserLoggedOutEvent extends BaseEvent {
  eventType: "UserLoggedOut";
  eventVersion: "v1";
  data: {
    userId: string;
    sessionId: string;
    logoutAt: string;
  };
}
interface PasswordResetRequestedEvent extends BaseEvent {
  eventType: "PasswordResetRequested";
  eventVersion: "v1";
  data: {
    userId: string;
    email: string;
    resetToken: string;  // Hashed token reference
    requestedAt: string;
  };
}`,
  },
  {
    heading: "Organization Service Events",
    interfaces: `interface OrganizationCreatedEvent extends BaseEvent {
  eventType: "OrganizationCreated";
  eventVersion: "v1";
  data: {
    organizationId: string;
    name: string;
    createdBy: string;  // userId
    createdAt: string;
  };
}
interface OrganizationDeletedEvent extends BaseEvent {
  eventType: "OrganizationDeleted";
  eventVersion: "v1";
  data: {
    organizationId: string;
    deletedBy: string;  // userId
    deletedAt: string;
  };
}
interface MemberAddedEvent extends BaseEvent {
  eventType: "MemberAdded";
  eventVersion: "v1";
  data: {
    organizationId: string;
    userId: string;
    role: string;
    addedBy: string;  // userId
    addedAt: string;
  };
}
interface MemberRemovedEvent extends BaseEvent {
  eventType: "MemberRemoved";
  eventVersion: "v1";
  data: {
    organizationId: string;
    userId: string;
    removedBy: string;  // userId
    removedAt: string;
  };
}
interface RoleChangedEvent extends BaseEvent {
  eventType: "RoleChanged";
  eventVersion: "v1";
  data: {
    organizationId: string;
    userId: string;
    oldRole: string;
    newRole: string;
    changedBy: string;  // userId
    changedAt: string;
  };
}
interface InvitationSentEvent extends BaseEvent {
  eventType: "InvitationSent";
  eventVersion: "v1";
  data: {
    organizationId: string;
    inviteeEmail: string;
    role: string;
    invitationToken: string;
    sentBy: string;  // userId
    sentAt: string;
    expiresAt: string;
  };
}`,
  },
  {
    heading: "Billing Service Events",
    interfaces: `interface SubscriptionActivatedEvent extends BaseEvent {
  eventType: "SubscriptionActivated";
  eventVersion: "v1";
  data: {
    organizationId: string;
    subscriptionId: string;
    planId: string;
    planName: string;
    activatedAt: string;
    billingPeriod: string;  // "monthly" | "yearly"
  };
}
interface SubscriptionChangedEvent extends BaseEvent {
  eventType: "SubscriptionChanged";
  eventVersion: "v1";
  data: {
    organizationId: string;
    subscriptionId: string;
    oldPlanId: string;
    newPlanId: string;
    changedAt: string;
    effectiveAt: string;
  };
}
interface SubscriptionCancelledEvent extends BaseEvent {
  eventType: "SubscriptionCancelled";
  eventVersion: "v1";
  data: {
    organizationId: string;
    subscriptionId: string;
    cancelledAt: string;
    effectiveAt: string;  // When subscription actually ends
  };
}
interface EntitlementsUpdatedEvent extends BaseEvent {
  eventType: "EntitlementsUpdated";
  eventVersion: "v1";
  data: {
    organizationId: string;
    entitlements: {
      maxProjects: number;
      maxTasks: number;
      maxMembers: number;
      features: string[];  // e.g., ["advanced_workflows", "api_access"]
    };
    updatedAt: string;
  };
}`,
  },
  {
    heading: "Workflow Service Events",
    interfaces: `interface ProjectCreatedEvent extends BaseEvent {
  eventType: "ProjectCreated";
  eventVersion: "v1";
  data: {
    organizationId: string;
    projectId: string;
    name: string;
    createdBy: string;  // userId
    createdAt: string;
  };
}
interface ProjectArchivedEvent extends BaseEvent {
  eventType: "ProjectArchived";
  eventVersion: "v1";
  data: {
    organizationId: string;
    projectId: string;
    archivedBy: string;  // userId
    archivedAt: string;
  };
}
interface TaskCreatedEvent extends BaseEvent {
  eventType: "TaskCreated";
  eventVersion: "v1";
  data: {
    organizationId: string;
    projectId: string;
    taskId: string;
    title: string;
    createdBy: string;  // userId
    createdAt: string;
  };
}
interface TaskUpdatedEvent extends BaseEvent {
  eventType: "TaskUpdated";
  eventVersion: "v1";
  data: {
    organizationId: string;
    projectId: string;
    taskId: string;
    updatedFields: string[];  // e.g., ["title", "description"]
    updatedBy: string;  // userId
    updatedAt: string;
  };
}
interface TaskAssignedEvent extends BaseEvent {
  eventType: "TaskAssigned";
  eventVersion: "v1";
  data: {
    organizationId: string;
    projectId: string;
    taskId: string;
    assignedTo: string;  // userId
    assignedBy: string;  // userId
    assignedAt: string;
  };
}
interface TaskStatusChangedEvent extends BaseEvent {
  eventType: "TaskStatusChanged";
  eventVersion: "v1";
  data: {
    organizationId: string;
    projectId: string;
    taskId: string;
    oldStatus: string;
    newStatus: string;
    changedBy: string;  // userId
    changedAt: string;
  };
}`,
  },
];

export interface DocumentField {
  /** From the root of the event: `/data/entitlements/features`. */
  readonly pointer: string;
  readonly name: string;
  /** As printed: `string`, `string[]`, `number`, `{`, a literal, or `Record<string, any>`. */
  readonly type: string;
  readonly optional: boolean;
  /** The values that the comment lists: `"monthly" | "yearly"`. */
  readonly values: readonly string[];
}

export interface DocumentEvent {
  readonly name: string;
  readonly version: string;
  readonly heading: string;
  /** Of the interface itself, without those of BaseEvent. */
  readonly fields: readonly DocumentField[];
}

export const baseFields: readonly DocumentField[] = fieldsIn(baseEvent);

export const events: readonly DocumentEvent[] = services.flatMap(({ heading, interfaces }) =>
  interfaces.split(/(?=^interface )/m).map((text) => ({
    name: /eventType: "(\w+)"/.exec(text)?.[1] ?? "",
    version: /eventVersion: "(\w+)"/.exec(text)?.[1] ?? "",
    heading,
    fields: fieldsIn(text),
  })),
);

/** A whole event made from its interface, as a publisher writes it who has read the document only. */
export function writtenFrom(event: DocumentEvent, { optional }: { readonly optional: boolean }): Json {
  let written: Json = {};
  for (const field of [...baseFields, ...event.fields])
    if (optional || !field.optional) written = withValue(written, field.pointer, valueFor(field));
  return written;
}

function valueFor({ name, type, values }: DocumentField): Json {
  const [first] = values;
  if (first !== undefined) return first;
  if (type.startsWith('"')) return type.slice(1, -1);
  if (type === "number") return 12;
  if (type === "string[]") return ["advanced_workflows", "api_access"];
  if (type !== "string") return {};
  if (name === "timestamp" || name.endsWith("At")) return "2026-02-03T04:05:06Z";
  if (/email$/i.test(name)) return "someone@example.org";
  if (name === "ipAddress") return "198.51.100.7";
  if (name === "traceId") return "0af7651916cd43dd8448eb211c80319c";
  if (name === "eventId") return "0b8f1c6d-2e01-4f0b-9a57-3f2b8c1e6d4a";
  return `${name} of the document`.replaceAll(" ", "-");
}

/** One line of the document each: `ipAddress?: string;  // comment`; a line that ends in `{` opens an object, `};` closes it. */
function fieldsIn(text: string): DocumentField[] {
  const open: string[] = [];
  const fields: DocumentField[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [, name, mark, type, comment = ""] = /^\s+(\w+)(\??): (.*?);?(?:\s*\/\/ (.*))?$/.exec(line) ?? [];
    if (line.trim() === "};") open.pop();
    if (name === undefined || type === undefined) continue;
    const values = comment.includes('" | "') ? [...comment.matchAll(/"(\w+)"/g)].flatMap((m) => m[1] ?? []) : [];
    fields.push({ pointer: ["", ...open, name].join("/"), name, type, optional: mark === "?", values });
    if (type === "{") open.push(name);
  }
  return fields;
}
