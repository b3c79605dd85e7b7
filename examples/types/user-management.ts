// The event types of the catalog user-management: User Management Module, notification events. Made by `posthorn catalog types user-management`; do not edit.

export type Email = string;
export type Id = string;
export type Text = string;
export type Time = string;
/**
 * @minItems 1
 */
export type Ids = [Id, ...Id[]];

/**
 * The data of UserProfileUpdatedV1_0.
 */
export interface UserProfileUpdatedV1_0Data {
  userId: Id;
  email?: Email;
  updatedFields?: Text[];
  updatedBy?: Id;
}
/**
 * Emitted when a user profile is updated. Can trigger notification if significant changes occur.
 */
export interface UserProfileUpdatedV1_0 {
  id: string;
  type: "user.profile_updated";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: UserProfileUpdatedV1_0Data;
}
/**
 * The data of UserDeactivatedV1_0.
 */
export interface UserDeactivatedV1_0Data {
  userId: Id;
  email?: Email;
  deactivatedBy?: Id;
  reason?: Text;
  deactivatedAt?: Time;
}
/**
 * Emitted when a user account is deactivated. Triggers notification to user.
 */
export interface UserDeactivatedV1_0 {
  id: string;
  type: "user.deactivated";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: UserDeactivatedV1_0Data;
}
/**
 * The data of UserReactivatedV1_0.
 */
export interface UserReactivatedV1_0Data {
  userId: Id;
  email?: Email;
  reactivatedBy?: Id;
  reactivatedAt?: Time;
}
/**
 * Emitted when a user account is reactivated. Triggers welcome back notification.
 */
export interface UserReactivatedV1_0 {
  id: string;
  type: "user.reactivated";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: UserReactivatedV1_0Data;
}
/**
 * The data of UserDeletedV1_0.
 */
export interface UserDeletedV1_0Data {
  userId: Id;
  email?: Email;
  deletedBy?: Id;
  deletedAt?: Time;
}
/**
 * Emitted when a user account is permanently deleted. Triggers final notification.
 */
export interface UserDeletedV1_0 {
  id: string;
  type: "user.deleted";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: UserDeletedV1_0Data;
}
/**
 * The data of UserSessionRevokedV1_0.
 */
export interface UserSessionRevokedV1_0Data {
  userId: Id;
  email?: Email;
  sessionIds?: Ids;
  revokedBy?: Id;
  revokedAt?: Time;
}
/**
 * Emitted when a user session is revoked. Triggers security notification.
 */
export interface UserSessionRevokedV1_0 {
  id: string;
  type: "user.session_revoked";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: UserSessionRevokedV1_0Data;
}
/**
 * The data of TenantMemberJoinedV1_0.
 */
export interface TenantMemberJoinedV1_0Data {
  tenantId: Id;
  userId: Id;
  email: Email;
  roleId: Id;
  roleName: Text;
}
/**
 * Emitted when a user joins a tenant. Triggers welcome notification.
 */
export interface TenantMemberJoinedV1_0 {
  id: string;
  type: "tenant.member_joined";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: TenantMemberJoinedV1_0Data;
}
/**
 * The data of TenantMemberRoleChangedV1_0.
 */
export interface TenantMemberRoleChangedV1_0Data {
  tenantId: Id;
  userId: Id;
  oldRoleId: Id;
  oldRoleName: Text;
  newRoleId: Id;
  newRoleName: Text;
  changedBy: Id;
}
/**
 * Emitted when a member's role is changed. Triggers notification about role change.
 */
export interface TenantMemberRoleChangedV1_0 {
  id: string;
  type: "tenant.member_role_changed";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: TenantMemberRoleChangedV1_0Data;
}
/**
 * The data of TenantMemberRemovedV1_0.
 */
export interface TenantMemberRemovedV1_0Data {
  tenantId: Id;
  userId: Id;
  email?: Email;
  removedBy?: Id;
  reason?: Text;
}
/**
 * Emitted when a user is removed from a tenant. Triggers notification.
 */
export interface TenantMemberRemovedV1_0 {
  id: string;
  type: "tenant.member_removed";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: TenantMemberRemovedV1_0Data;
}
/**
 * The data of InvitationCreatedV1_0.
 */
export interface InvitationCreatedV1_0Data {
  invitationId: Id;
  tenantId: Id;
  email: Email;
  invitationType: Text;
  expiresAt: Time;
  createdBy: Id;
}
/**
 * Emitted when an invitation is created. Triggers invitation email.
 */
export interface InvitationCreatedV1_0 {
  id: string;
  type: "invitation.created";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: InvitationCreatedV1_0Data;
}
/**
 * The data of InvitationAcceptedV1_0.
 */
export interface InvitationAcceptedV1_0Data {
  invitationId: Id;
  tenantId?: Id;
  userId?: Id;
  email?: Email;
  createdBy?: Id;
  acceptedAt?: Time;
}
/**
 * Emitted when a user accepts an invitation. Triggers confirmation to inviter.
 */
export interface InvitationAcceptedV1_0 {
  id: string;
  type: "invitation.accepted";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: InvitationAcceptedV1_0Data;
}
/**
 * The data of InvitationExpiredV1_0.
 */
export interface InvitationExpiredV1_0Data {
  invitationId: Id;
  tenantId?: Id;
  email?: Email;
  expiresAt?: Time;
  createdBy?: Id;
}
/**
 * Emitted when an invitation expires. Can trigger reminder or expiration notification.
 */
export interface InvitationExpiredV1_0 {
  id: string;
  type: "invitation.expired";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: InvitationExpiredV1_0Data;
}
/**
 * The data of TeamMembersAddedV1_0.
 */
export interface TeamMembersAddedV1_0Data {
  teamId: Id;
  teamName?: Text;
  tenantId?: Id;
  userIds?: Ids;
  addedBy?: Id;
}
/**
 * Emitted when members are added to a team. Triggers team welcome notification.
 */
export interface TeamMembersAddedV1_0 {
  id: string;
  type: "team.members_added";
  timestamp: string;
  version: "1.0";
  source: string;
  tenantId: string;
  userId?: string;
  data: TeamMembersAddedV1_0Data;
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
export type UserManagementEvent =
  | StandardEvent<"user.profile_updated", "1.0", UserProfileUpdatedV1_0Data>
  | StandardEvent<"user.deactivated", "1.0", UserDeactivatedV1_0Data>
  | StandardEvent<"user.reactivated", "1.0", UserReactivatedV1_0Data>
  | StandardEvent<"user.deleted", "1.0", UserDeletedV1_0Data>
  | StandardEvent<"user.session_revoked", "1.0", UserSessionRevokedV1_0Data>
  | StandardEvent<"tenant.member_joined", "1.0", TenantMemberJoinedV1_0Data>
  | StandardEvent<"tenant.member_role_changed", "1.0", TenantMemberRoleChangedV1_0Data>
  | StandardEvent<"tenant.member_removed", "1.0", TenantMemberRemovedV1_0Data>
  | StandardEvent<"invitation.created", "1.0", InvitationCreatedV1_0Data>
  | StandardEvent<"invitation.accepted", "1.0", InvitationAcceptedV1_0Data>
  | StandardEvent<"invitation.expired", "1.0", InvitationExpiredV1_0Data>
  | StandardEvent<"team.members_added", "1.0", TeamMembersAddedV1_0Data>;

/** What an endpoint of the format `native` receives. */
export type UserManagementDocument =
  | UserProfileUpdatedV1_0
  | UserDeactivatedV1_0
  | UserReactivatedV1_0
  | UserDeletedV1_0
  | UserSessionRevokedV1_0
  | TenantMemberJoinedV1_0
  | TenantMemberRoleChangedV1_0
  | TenantMemberRemovedV1_0
  | InvitationCreatedV1_0
  | InvitationAcceptedV1_0
  | InvitationExpiredV1_0
  | TeamMembersAddedV1_0;
