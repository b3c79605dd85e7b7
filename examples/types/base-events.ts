// The event types of the catalog base-events: Event Schema Definitions. Made by `posthorn catalog types base-events`; do not edit.

export type Email = string;
export type Id = string;
export type Time = string;

/**
 * The data of UserRegisteredV1.
 */
export interface UserRegisteredV1Data {
  userId: Id;
  email: Email;
  registeredAt: Time;
}
/**
 * A user registered.
 */
export interface UserRegisteredV1 {
  eventId: string;
  eventType: "UserRegistered";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: UserRegisteredV1Data;
}
/**
 * The data of UserLoggedInV1.
 */
export interface UserLoggedInV1Data {
  userId: Id;
  sessionId: Id;
  loginAt: Time;
  ipAddress?: string;
}
/**
 * A user logged in: a session began.
 */
export interface UserLoggedInV1 {
  eventId: string;
  eventType: "UserLoggedIn";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: UserLoggedInV1Data;
}
/**
 * The data of UserLoggedOutV1.
 */
export interface UserLoggedOutV1Data {
  userId: Id;
  sessionId: Id;
  logoutAt: Time;
}
/**
 * A user logged out: a session ended.
 */
export interface UserLoggedOutV1 {
  eventId: string;
  eventType: "UserLoggedOut";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: UserLoggedOutV1Data;
}
/**
 * The data of PasswordResetRequestedV1.
 */
export interface PasswordResetRequestedV1Data {
  userId: Id;
  email: Email;
  resetToken: Id;
  requestedAt: Time;
}
/**
 * Somebody asked to reset a user's password.
 */
export interface PasswordResetRequestedV1 {
  eventId: string;
  eventType: "PasswordResetRequested";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: PasswordResetRequestedV1Data;
}
/**
 * The data of OrganizationCreatedV1.
 */
export interface OrganizationCreatedV1Data {
  organizationId: Id;
  name: string;
  createdBy: Id;
  createdAt: Time;
}
/**
 * An organization was created.
 */
export interface OrganizationCreatedV1 {
  eventId: string;
  eventType: "OrganizationCreated";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: OrganizationCreatedV1Data;
}
/**
 * The data of OrganizationDeletedV1.
 */
export interface OrganizationDeletedV1Data {
  organizationId: Id;
  deletedBy: Id;
  deletedAt: Time;
}
/**
 * An organization was deleted.
 */
export interface OrganizationDeletedV1 {
  eventId: string;
  eventType: "OrganizationDeleted";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: OrganizationDeletedV1Data;
}
/**
 * The data of MemberAddedV1.
 */
export interface MemberAddedV1Data {
  organizationId: Id;
  userId: Id;
  role: string;
  addedBy: Id;
  addedAt: Time;
}
/**
 * A user became a member of an organization.
 */
export interface MemberAddedV1 {
  eventId: string;
  eventType: "MemberAdded";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: MemberAddedV1Data;
}
/**
 * The data of MemberRemovedV1.
 */
export interface MemberRemovedV1Data {
  organizationId: Id;
  userId: Id;
  removedBy: Id;
  removedAt: Time;
}
/**
 * A member was removed from an organization.
 */
export interface MemberRemovedV1 {
  eventId: string;
  eventType: "MemberRemoved";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: MemberRemovedV1Data;
}
/**
 * The data of RoleChangedV1.
 */
export interface RoleChangedV1Data {
  organizationId: Id;
  userId: Id;
  oldRole: string;
  newRole: string;
  changedBy: Id;
  changedAt: Time;
}
/**
 * A member's role in an organization changed.
 */
export interface RoleChangedV1 {
  eventId: string;
  eventType: "RoleChanged";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: RoleChangedV1Data;
}
/**
 * The data of InvitationSentV1.
 */
export interface InvitationSentV1Data {
  organizationId: Id;
  inviteeEmail: Email;
  role: string;
  invitationToken: Id;
  sentBy: Id;
  sentAt: Time;
  expiresAt: Time;
}
/**
 * Somebody was invited to an organization.
 */
export interface InvitationSentV1 {
  eventId: string;
  eventType: "InvitationSent";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: InvitationSentV1Data;
}
/**
 * The data of SubscriptionActivatedV1.
 */
export interface SubscriptionActivatedV1Data {
  organizationId: Id;
  subscriptionId: Id;
  planId: Id;
  planName: string;
  activatedAt: Time;
  billingPeriod: "monthly" | "yearly";
}
/**
 * An organization's subscription to a plan began.
 */
export interface SubscriptionActivatedV1 {
  eventId: string;
  eventType: "SubscriptionActivated";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: SubscriptionActivatedV1Data;
}
/**
 * The data of SubscriptionChangedV1.
 */
export interface SubscriptionChangedV1Data {
  organizationId: Id;
  subscriptionId: Id;
  oldPlanId: Id;
  newPlanId: Id;
  changedAt: Time;
  effectiveAt: Time;
}
/**
 * A subscription changed to another plan.
 */
export interface SubscriptionChangedV1 {
  eventId: string;
  eventType: "SubscriptionChanged";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: SubscriptionChangedV1Data;
}
/**
 * The data of SubscriptionCancelledV1.
 */
export interface SubscriptionCancelledV1Data {
  organizationId: Id;
  subscriptionId: Id;
  cancelledAt: Time;
  effectiveAt: Time;
}
/**
 * A subscription was cancelled; it ends at effectiveAt.
 */
export interface SubscriptionCancelledV1 {
  eventId: string;
  eventType: "SubscriptionCancelled";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: SubscriptionCancelledV1Data;
}
/**
 * The data of EntitlementsUpdatedV1.
 */
export interface EntitlementsUpdatedV1Data {
  organizationId: Id;
  entitlements: {
    maxProjects: number;
    maxTasks: number;
    maxMembers: number;
    features: string[];
  };
  updatedAt: Time;
}
/**
 * What an organization may use changed.
 */
export interface EntitlementsUpdatedV1 {
  eventId: string;
  eventType: "EntitlementsUpdated";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: EntitlementsUpdatedV1Data;
}
/**
 * The data of ProjectCreatedV1.
 */
export interface ProjectCreatedV1Data {
  organizationId: Id;
  projectId: Id;
  name: string;
  createdBy: Id;
  createdAt: Time;
}
/**
 * A project was created.
 */
export interface ProjectCreatedV1 {
  eventId: string;
  eventType: "ProjectCreated";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: ProjectCreatedV1Data;
}
/**
 * The data of ProjectArchivedV1.
 */
export interface ProjectArchivedV1Data {
  organizationId: Id;
  projectId: Id;
  archivedBy: Id;
  archivedAt: Time;
}
/**
 * A project was archived.
 */
export interface ProjectArchivedV1 {
  eventId: string;
  eventType: "ProjectArchived";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: ProjectArchivedV1Data;
}
/**
 * The data of TaskCreatedV1.
 */
export interface TaskCreatedV1Data {
  organizationId: Id;
  projectId: Id;
  taskId: Id;
  title: string;
  createdBy: Id;
  createdAt: Time;
}
/**
 * A task was created in a project.
 */
export interface TaskCreatedV1 {
  eventId: string;
  eventType: "TaskCreated";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TaskCreatedV1Data;
}
/**
 * The data of TaskUpdatedV1.
 */
export interface TaskUpdatedV1Data {
  organizationId: Id;
  projectId: Id;
  taskId: Id;
  updatedFields: string[];
  updatedBy: Id;
  updatedAt: Time;
}
/**
 * Fields of a task changed.
 */
export interface TaskUpdatedV1 {
  eventId: string;
  eventType: "TaskUpdated";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TaskUpdatedV1Data;
}
/**
 * The data of TaskUpdatedV2.
 */
export interface TaskUpdatedV2Data {
  organizationId: Id;
  projectId: Id;
  taskId: Id;
  changes: {
    field: Id;
    oldValue?: unknown;
    newValue?: unknown;
  }[];
  updatedBy: Id;
  updatedAt: Time;
}
/**
 * Fields of a task changed.
 */
export interface TaskUpdatedV2 {
  eventId: string;
  eventType: "TaskUpdated";
  eventVersion: "v2";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TaskUpdatedV2Data;
}
/**
 * The data of TaskAssignedV1.
 */
export interface TaskAssignedV1Data {
  organizationId: Id;
  projectId: Id;
  taskId: Id;
  assignedTo: Id;
  assignedBy: Id;
  assignedAt: Time;
}
/**
 * A task was assigned to a user.
 */
export interface TaskAssignedV1 {
  eventId: string;
  eventType: "TaskAssigned";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TaskAssignedV1Data;
}
/**
 * The data of TaskStatusChangedV1.
 */
export interface TaskStatusChangedV1Data {
  organizationId: Id;
  projectId: Id;
  taskId: Id;
  oldStatus: string;
  newStatus: string;
  changedBy: Id;
  changedAt: Time;
}
/**
 * A task's status changed.
 */
export interface TaskStatusChangedV1 {
  eventId: string;
  eventType: "TaskStatusChanged";
  eventVersion: "v1";
  timestamp: string;
  source: string;
  correlationId: string;
  traceId?: string;
  userId?: string;
  organizationId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TaskStatusChangedV1Data;
}

/** The body of a delivery in the format `standard`. */
export interface StandardEvent<Type extends string, Version extends string, Data> {
  id: string;
  type: Type;
  version: Version;
  /** ISO 8601 UTC. */
  timestamp: string;
  tenantId: string;
  source?: string;
  userId?: string;
  correlationId?: string;
  metadata?: Record<string, unknown>;
  data: Data;
}

/** What an endpoint of the format `standard` receives: switch over `type`, then `version`. */
export type BaseEventsEvent =
  | StandardEvent<"UserRegistered", "v1", UserRegisteredV1Data>
  | StandardEvent<"UserLoggedIn", "v1", UserLoggedInV1Data>
  | StandardEvent<"UserLoggedOut", "v1", UserLoggedOutV1Data>
  | StandardEvent<"PasswordResetRequested", "v1", PasswordResetRequestedV1Data>
  | StandardEvent<"OrganizationCreated", "v1", OrganizationCreatedV1Data>
  | StandardEvent<"OrganizationDeleted", "v1", OrganizationDeletedV1Data>
  | StandardEvent<"MemberAdded", "v1", MemberAddedV1Data>
  | StandardEvent<"MemberRemoved", "v1", MemberRemovedV1Data>
  | StandardEvent<"RoleChanged", "v1", RoleChangedV1Data>
  | StandardEvent<"InvitationSent", "v1", InvitationSentV1Data>
  | StandardEvent<"SubscriptionActivated", "v1", SubscriptionActivatedV1Data>
  | StandardEvent<"SubscriptionChanged", "v1", SubscriptionChangedV1Data>
  | StandardEvent<"SubscriptionCancelled", "v1", SubscriptionCancelledV1Data>
  | StandardEvent<"EntitlementsUpdated", "v1", EntitlementsUpdatedV1Data>
  | StandardEvent<"ProjectCreated", "v1", ProjectCreatedV1Data>
  | StandardEvent<"ProjectArchived", "v1", ProjectArchivedV1Data>
  | StandardEvent<"TaskCreated", "v1", TaskCreatedV1Data>
  | StandardEvent<"TaskUpdated", "v1", TaskUpdatedV1Data>
  | StandardEvent<"TaskUpdated", "v2", TaskUpdatedV2Data>
  | StandardEvent<"TaskAssigned", "v1", TaskAssignedV1Data>
  | StandardEvent<"TaskStatusChanged", "v1", TaskStatusChangedV1Data>;

/** What an endpoint of the format `native` receives. */
export type BaseEventsDocument =
  | UserRegisteredV1
  | UserLoggedInV1
  | UserLoggedOutV1
  | PasswordResetRequestedV1
  | OrganizationCreatedV1
  | OrganizationDeletedV1
  | MemberAddedV1
  | MemberRemovedV1
  | RoleChangedV1
  | InvitationSentV1
  | SubscriptionActivatedV1
  | SubscriptionChangedV1
  | SubscriptionCancelledV1
  | EntitlementsUpdatedV1
  | ProjectCreatedV1
  | ProjectArchivedV1
  | TaskCreatedV1
  | TaskUpdatedV1
  | TaskUpdatedV2
  | TaskAssignedV1
  | TaskStatusChangedV1;
