// The event types of the catalog organization-notifications: User Management Module - Notification Events. Made by `posthorn catalog types organization-notifications`; do not edit.

export type Id = string;
export type Text = string;
export type Email = string;
/**
 * @minItems 1
 */
export type Users = [Id, ...Id[]];
export type Time = string;
/**
 * @minItems 1
 */
export type Addresses = [Email, ...Email[]];
export type Link = string;

/**
 * The data of UserProfileUpdatedV1.
 */
export interface UserProfileUpdatedV1Data {
  userId: Id;
  updatedFields?: Id[];
  updatedBy?: Id;
}
/**
 * A user's profile was updated. Notifies nobody.
 */
export interface UserProfileUpdatedV1 {
  type: "user.profile_updated";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: UserProfileUpdatedV1Data;
}
/**
 * The data of UserCompetencyVerifiedV1.
 */
export interface UserCompetencyVerifiedV1Data {
  userId: Id;
  competencyId: Id;
  competencyName: Text;
  verifiedBy: Id;
}
/**
 * A user's competency was verified. Notifies the user.
 */
export interface UserCompetencyVerifiedV1 {
  type: "user.competency_verified";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: UserCompetencyVerifiedV1Data;
}
/**
 * The data of UserAccountDeletedV1.
 */
export interface UserAccountDeletedV1Data {
  userId: Id;
  email: Email;
  deletedBy: Id;
  reason?: Text;
}
/**
 * A user's account was deleted. Notifies the user at the backup address.
 */
export interface UserAccountDeletedV1 {
  type: "user.account_deleted";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: UserAccountDeletedV1Data;
}
/**
 * The data of OrganizationCreatedV1.
 */
export interface OrganizationCreatedV1Data {
  organizationId: Id;
  name: Text;
  createdBy: Id;
}
/**
 * An organization was created. Welcomes its creator.
 */
export interface OrganizationCreatedV1 {
  type: "organization.created";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: OrganizationCreatedV1Data;
}
/**
 * The data of OrganizationMemberJoinedV1.
 */
export interface OrganizationMemberJoinedV1Data {
  organizationId: Id;
  userId: Id;
  email: Email;
  roleId: Id;
  roleName: Text;
}
/**
 * A user joined an organization. Welcomes the new member.
 */
export interface OrganizationMemberJoinedV1 {
  type: "organization.member_joined";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: OrganizationMemberJoinedV1Data;
}
/**
 * The data of OrganizationMemberRoleChangedV1.
 */
export interface OrganizationMemberRoleChangedV1Data {
  organizationId: Id;
  userId: Id;
  oldRoleId: Id;
  oldRoleName: Text;
  newRoleId: Id;
  newRoleName: Text;
  changedBy: Id;
}
/**
 * A member's role in an organization changed. Notifies the member.
 */
export interface OrganizationMemberRoleChangedV1 {
  type: "organization.member_role_changed";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: OrganizationMemberRoleChangedV1Data;
}
/**
 * The data of OrganizationMemberRemovedV1.
 */
export interface OrganizationMemberRemovedV1Data {
  organizationId: Id;
  userId: Id;
  email: Email;
  removedBy: Id;
  reason?: Text;
}
/**
 * A member was removed from an organization. Notifies the removed member.
 */
export interface OrganizationMemberRemovedV1 {
  type: "organization.member_removed";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: OrganizationMemberRemovedV1Data;
}
/**
 * The data of OrganizationSsoConfiguredV1.
 */
export interface OrganizationSsoConfiguredV1Data {
  organizationId: Id;
  provider: Id;
  configuredBy: Id;
}
/**
 * Single sign-on was configured for an organization. Notifies all its admins.
 */
export interface OrganizationSsoConfiguredV1 {
  type: "organization.sso_configured";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: OrganizationSsoConfiguredV1Data;
}
/**
 * The data of TeamCreatedV1.
 */
export interface TeamCreatedV1Data {
  teamId: Id;
  organizationId: Id;
  name?: Text;
  createdBy: Id;
}
/**
 * A team was created. Informs its creator.
 */
export interface TeamCreatedV1 {
  type: "team.created";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TeamCreatedV1Data;
}
/**
 * The data of TeamMembersAddedV1.
 */
export interface TeamMembersAddedV1Data {
  teamId: Id;
  organizationId: Id;
  userIds: Users;
  addedBy: Id;
}
/**
 * Users were added to a team. Welcomes each of them.
 */
export interface TeamMembersAddedV1 {
  type: "team.members_added";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TeamMembersAddedV1Data;
}
/**
 * The data of TeamMemberRemovedV1.
 */
export interface TeamMemberRemovedV1Data {
  teamId: Id;
  organizationId: Id;
  userId: Id;
  removedBy?: Id;
  reason?: Text;
}
/**
 * A user was removed from a team. Notifies the removed member, in-app only.
 */
export interface TeamMemberRemovedV1 {
  type: "team.member_removed";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: TeamMemberRemovedV1Data;
}
/**
 * The data of InvitationCreatedV1.
 */
export interface InvitationCreatedV1Data {
  invitationId: Id;
  organizationId: Id;
  email: Email;
  invitationType: Id;
  expiresAt: Time;
  createdBy: Id;
}
/**
 * Somebody was invited to an organization. Sends the invitation to the invitee.
 */
export interface InvitationCreatedV1 {
  type: "invitation.created";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: InvitationCreatedV1Data;
}
/**
 * The data of InvitationAcceptedV1.
 */
export interface InvitationAcceptedV1Data {
  invitationId: Id;
  organizationId: Id;
  userId: Id;
  email: Email;
  acceptedAt: Time;
}
/**
 * An invitation was accepted. Confirms it to the inviter.
 */
export interface InvitationAcceptedV1 {
  type: "invitation.accepted";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: InvitationAcceptedV1Data;
}
/**
 * The data of InvitationRevokedV1.
 */
export interface InvitationRevokedV1Data {
  invitationId: Id;
  organizationId: Id;
  email?: Email;
  revokedBy?: Id;
  reason?: Text;
}
/**
 * An invitation was revoked. Notifies nobody.
 */
export interface InvitationRevokedV1 {
  type: "invitation.revoked";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: InvitationRevokedV1Data;
}
/**
 * The data of InvitationExpiredV1.
 */
export interface InvitationExpiredV1Data {
  invitationId: Id;
  organizationId: Id;
  email: Email;
}
/**
 * An invitation expired without being accepted. Reminds the inviter.
 */
export interface InvitationExpiredV1 {
  type: "invitation.expired";
  id?: string;
  timestamp?: string;
  tenantId?: string;
  userId?: string;
  metadata?: {
    [k: string]: unknown;
  };
  data: InvitationExpiredV1Data;
}
export interface EmailGoesToAddresses {
  [k: string]: unknown;
}
export interface NotificationCompetencyVerifiedV1Data {
  type: "email" | "in-app";
  template: "competency_verified";
  recipients: Users;
  data: {
    competencyName: Text;
    verifiedByName: Text;
    profileLink: Link;
  };
  priority: "normal";
}
/**
 * Confirms to a user that the account was deleted.
 */
export interface NotificationAccountDeletedV1Data {
  type: "email";
  template: "account_deleted";
  recipients: Addresses;
  data: {
    deletionDate: Time;
    dataRetentionDays: number;
    supportEmail: Email;
  };
  priority: "high";
}
/**
 * Welcomes the creator of an organization.
 */
export interface NotificationOrganizationCreatedV1Data {
  type: "email";
  template: "organization_created";
  recipients: Addresses;
  data: {
    organizationName: Text;
    dashboardLink: Link;
    inviteLink: Link;
    settingsLink: Link;
  };
  priority: "normal";
}
export interface NotificationMemberJoinedV1Data {
  type: "email" | "in-app";
  template: "member_joined";
  recipients: Users;
  data: {
    organizationName: Text;
    roleName: Text;
    dashboardLink: Link;
    teamLink: Link;
  };
  priority: "normal";
}
export interface NotificationRoleChangedV1Data {
  type: "email" | "in-app";
  template: "role_changed";
  recipients: Users;
  data: {
    organizationName: Text;
    oldRole: Text;
    newRole: Text;
    changedByName: Text;
    permissionsLink: Link;
  };
  priority: "high";
}
/**
 * Tells somebody that they were removed from an organization.
 */
export interface NotificationMemberRemovedV1Data {
  type: "email";
  template: "member_removed";
  recipients: Addresses;
  data: {
    organizationName: Text;
    removalDate: Time;
    dataExportLink?: Link;
    supportEmail: Email;
  };
  priority: "high";
}
/**
 * Tells all admins of an organization that single sign-on was configured.
 */
export interface NotificationSsoConfiguredV1Data {
  type: "email";
  template: "sso_configured";
  recipients: Addresses;
  data: {
    organizationName: Text;
    provider: Text;
    configuredByName: Text;
    ssoSettingsLink: Link;
  };
  priority: "high";
}
/**
 * Tells the creator of a team that it is there.
 */
export interface NotificationTeamCreatedV1Data {
  type: "in-app";
  template: "team_created";
  recipients: Users;
  data: {
    teamName: Text;
    organizationName?: Text;
    teamLink: Link;
  };
  priority: "low";
}
export interface NotificationTeamMemberAddedV1Data {
  type: "email" | "in-app";
  template: "team_member_added";
  recipients: Users;
  data: {
    teamName: Text;
    organizationName: Text;
    addedByName: Text;
    teamLink: Link;
  };
  priority: "normal";
}
/**
 * Tells somebody that they were removed from a team.
 */
export interface NotificationTeamMemberRemovedV1Data {
  type: "in-app";
  template: "team_member_removed";
  recipients: Users;
  data: {
    teamName: Text;
    message: Text;
  };
  priority: "low";
}
/**
 * Invites somebody to join an organization.
 */
export interface NotificationInvitationV1Data {
  type: "email";
  template: "invitation";
  recipients: Addresses;
  data: {
    organizationName: Text;
    inviterName: Text;
    inviteLink: Link;
    expiresAt: Time;
    expiresIn: Text;
  };
  priority: "high";
}
export interface NotificationInvitationAcceptedV1Data {
  type: "email" | "in-app";
  template: "invitation_accepted";
  recipients: Users;
  data: {
    inviteeName: Text;
    inviteeEmail: Email;
    organizationName: Text;
    membersLink: Link;
  };
  priority: "normal";
}
/**
 * Reminds the inviter that the invitation expired.
 */
export interface NotificationInvitationExpiredV1Data {
  type: "email";
  template: "invitation_expired";
  recipients: Addresses;
  data: {
    inviteeEmail: Email;
    organizationName: Text;
    resendLink: Link;
  };
  priority: "low";
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
export type OrganizationNotificationsEvent =
  | StandardEvent<"user.profile_updated", "v1", UserProfileUpdatedV1Data>
  | StandardEvent<"user.competency_verified", "v1", UserCompetencyVerifiedV1Data>
  | StandardEvent<"user.account_deleted", "v1", UserAccountDeletedV1Data>
  | StandardEvent<"organization.created", "v1", OrganizationCreatedV1Data>
  | StandardEvent<"organization.member_joined", "v1", OrganizationMemberJoinedV1Data>
  | StandardEvent<"organization.member_role_changed", "v1", OrganizationMemberRoleChangedV1Data>
  | StandardEvent<"organization.member_removed", "v1", OrganizationMemberRemovedV1Data>
  | StandardEvent<"organization.sso_configured", "v1", OrganizationSsoConfiguredV1Data>
  | StandardEvent<"team.created", "v1", TeamCreatedV1Data>
  | StandardEvent<"team.members_added", "v1", TeamMembersAddedV1Data>
  | StandardEvent<"team.member_removed", "v1", TeamMemberRemovedV1Data>
  | StandardEvent<"invitation.created", "v1", InvitationCreatedV1Data>
  | StandardEvent<"invitation.accepted", "v1", InvitationAcceptedV1Data>
  | StandardEvent<"invitation.revoked", "v1", InvitationRevokedV1Data>
  | StandardEvent<"invitation.expired", "v1", InvitationExpiredV1Data>
  | StandardEvent<"notification.competency_verified", "v1", NotificationCompetencyVerifiedV1Data>
  | StandardEvent<"notification.account_deleted", "v1", NotificationAccountDeletedV1Data>
  | StandardEvent<"notification.organization_created", "v1", NotificationOrganizationCreatedV1Data>
  | StandardEvent<"notification.member_joined", "v1", NotificationMemberJoinedV1Data>
  | StandardEvent<"notification.role_changed", "v1", NotificationRoleChangedV1Data>
  | StandardEvent<"notification.member_removed", "v1", NotificationMemberRemovedV1Data>
  | StandardEvent<"notification.sso_configured", "v1", NotificationSsoConfiguredV1Data>
  | StandardEvent<"notification.team_created", "v1", NotificationTeamCreatedV1Data>
  | StandardEvent<"notification.team_member_added", "v1", NotificationTeamMemberAddedV1Data>
  | StandardEvent<"notification.team_member_removed", "v1", NotificationTeamMemberRemovedV1Data>
  | StandardEvent<"notification.invitation", "v1", NotificationInvitationV1Data>
  | StandardEvent<"notification.invitation_accepted", "v1", NotificationInvitationAcceptedV1Data>
  | StandardEvent<"notification.invitation_expired", "v1", NotificationInvitationExpiredV1Data>;

/** What an endpoint of the format `native` receives. */
export type OrganizationNotificationsDocument =
  | UserProfileUpdatedV1
  | UserCompetencyVerifiedV1
  | UserAccountDeletedV1
  | OrganizationCreatedV1
  | OrganizationMemberJoinedV1
  | OrganizationMemberRoleChangedV1
  | OrganizationMemberRemovedV1
  | OrganizationSsoConfiguredV1
  | TeamCreatedV1
  | TeamMembersAddedV1
  | TeamMemberRemovedV1
  | InvitationCreatedV1
  | InvitationAcceptedV1
  | InvitationRevokedV1
  | InvitationExpiredV1
  | NotificationCompetencyVerifiedV1Data
  | NotificationAccountDeletedV1Data
  | NotificationOrganizationCreatedV1Data
  | NotificationMemberJoinedV1Data
  | NotificationRoleChangedV1Data
  | NotificationMemberRemovedV1Data
  | NotificationSsoConfiguredV1Data
  | NotificationTeamCreatedV1Data
  | NotificationTeamMemberAddedV1Data
  | NotificationTeamMemberRemovedV1Data
  | NotificationInvitationV1Data
  | NotificationInvitationAcceptedV1Data
  | NotificationInvitationExpiredV1Data;
