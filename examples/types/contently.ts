// The event types of the catalog contently: Contently Headless CMS, events. Made by `posthorn catalog types contently`; do not edit.

export type Bool = boolean;
export type Id = string;
export type Ip = string;
export type Text = string;
export type Time = string;
export type Email = string;
export type Positive = number;
/**
 * @minItems 1
 */
export type Ids = [Id, ...Id[]];
export type Count = number;
/**
 * @minItems 1
 */
export type Texts = [Text, ...Text[]];
export type List = Text[];
export type Url = string;
export type Renditions = {
  Name: Text;
  Url: Url;
}[];
export type NumberValue = number;

/**
 * A user logged in.
 */
export interface UserLoginSucceededV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SessionId?: Id;
  LoginMethod?: Text;
  MFAUsed?: Bool;
  IPAddress?: Ip;
  UserAgent?: Text;
}
/**
 * Somebody tried to log in and was refused. UserId stands where the user is known.
 */
export interface UserLoginFailedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  FailureReason?: Text;
  Email?: Email;
  AttemptCount?: Positive;
  IPAddress?: Ip;
  UserAgent?: Text;
}
/**
 * A user logged out.
 */
export interface UserLogoutCompletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SessionId?: Id;
  LogoutReason?: Text;
}
/**
 * A session of a user began.
 */
export interface UserSessionStartedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SessionId?: Id;
  ExpiresAt?: Time;
  IPAddress?: Ip;
  UserAgent?: Text;
}
/**
 * A session of a user ended by itself.
 */
export interface UserSessionExpiredV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SessionId?: Id;
  StartedAt?: Time;
}
/**
 * Somebody ended one or more sessions of a user.
 */
export interface UserSessionRevokedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  TargetUserId?: Id;
  SessionIds?: Ids;
  Reason?: Text;
}
/**
 * A user set up a second factor.
 */
export interface UserMfaEnabledV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MFAMethod?: Text;
}
/**
 * A second factor of a user was removed.
 */
export interface UserMfaDisabledV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  TargetUserId?: Id;
  MFAMethod?: Text;
  Reason?: Text;
}
/**
 * A user proved a second factor.
 */
export interface UserMfaVerifiedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MFAMethod?: Text;
  SessionId?: Id;
  IPAddress?: Ip;
}
/**
 * A user did not prove a second factor.
 */
export interface UserMfaFailedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MFAMethod?: Text;
  FailureReason?: Text;
  AttemptCount?: Positive;
  IPAddress?: Ip;
}
/**
 * A user chose a new password.
 */
export interface UserPasswordChangedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SessionsRevoked?: Count;
  IPAddress?: Ip;
}
/**
 * Somebody asked to reset a password. UserId stands where the user is known.
 */
export interface UserPasswordResetRequestedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  Email?: Email;
  ExpiresAt?: Time;
  IPAddress?: Ip;
}
/**
 * A user chose a new password after a reset.
 */
export interface UserPasswordResetCompletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  IPAddress?: Ip;
}
/**
 * A user was created in an account.
 */
export interface UserCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  TargetUserId?: Id;
  Email?: Email;
  FirstName?: Text;
  LastName?: Text;
  RoleIds?: Ids;
}
/**
 * What is known of a user changed.
 */
export interface UserUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  TargetUserId?: Id;
  UpdatedFields?: Texts;
}
/**
 * A user may log in from now on.
 */
export interface UserActivatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  TargetUserId?: Id;
}
/**
 * A user may no longer log in.
 */
export interface UserDeactivatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  TargetUserId?: Id;
  Reason?: Text;
}
/**
 * A user was removed for good.
 */
export interface UserDeletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  TargetUserId?: Id;
  Reason?: Text;
}
/**
 * Somebody was invited to an account.
 */
export interface UserInvitationSentV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  InvitationId?: Id;
  Email?: Email;
  ExpiresAt?: Time;
  RoleIds?: Ids;
}
/**
 * An invitation was sent once more.
 */
export interface UserInvitationResentV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  InvitationId?: Id;
  Email?: Email;
  ExpiresAt?: Time;
}
/**
 * Somebody accepted an invitation: UserId is the new user.
 */
export interface UserInvitationAcceptedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  InvitationId?: Id;
  Email?: Email;
  InvitedBy?: Id;
}
/**
 * Somebody declined an invitation.
 */
export interface UserInvitationDeclinedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  InvitationId?: Id;
  Email?: Email;
  Reason?: Text;
}
/**
 * An invitation was withdrawn.
 */
export interface UserInvitationRevokedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  InvitationId?: Id;
  Email?: Email;
}
/**
 * An invitation was not accepted in time.
 */
export interface UserInvitationExpiredV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  InvitationId?: Id;
  Email?: Email;
  ExpiredAt?: Time;
}
/**
 * A role was created.
 */
export interface RoleCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  RoleId?: Id;
  RoleName?: Text;
  Permissions?: List;
}
/**
 * A role changed.
 */
export interface RoleUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  RoleId?: Id;
  UpdatedFields?: Texts;
  Permissions?: List;
}
/**
 * A role was deleted.
 */
export interface RoleDeletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  RoleId?: Id;
  RoleName?: Text;
}
/**
 * A user was given a role.
 */
export interface RoleAssignedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  RoleId?: Id;
  TargetUserId?: Id;
  ExpiresAt?: Time;
}
/**
 * A role was taken from a user.
 */
export interface RoleUnassignedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  RoleId?: Id;
  TargetUserId?: Id;
  Reason?: Text;
}
/**
 * An account (organization, tenant) was created.
 */
export interface AccountCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  AccountName?: Text;
  PlanId?: Id;
}
/**
 * What is known of an account changed.
 */
export interface AccountUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  UpdatedFields?: Texts;
}
/**
 * An account may be used from now on.
 */
export interface AccountActivatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  Reason?: Text;
}
/**
 * An account may not be used for the time being.
 */
export interface AccountSuspendedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  Reason?: Text;
  SuspendedUntil?: Time;
}
/**
 * An account was removed for good.
 */
export interface AccountDeletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  Reason?: Text;
}
/**
 * An account subscribed to a plan.
 */
export interface AccountSubscriptionStartedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SubscriptionId?: Id;
  PlanId?: Id;
  StartsAt?: Time;
  EndsAt?: Time;
}
/**
 * An account moved to another plan.
 */
export interface AccountSubscriptionChangedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SubscriptionId?: Id;
  PreviousPlanId?: Id;
  NewPlanId?: Id;
  EffectiveAt?: Time;
}
/**
 * A subscription goes on for another period.
 */
export interface AccountSubscriptionRenewedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SubscriptionId?: Id;
  PlanId?: Id;
  EndsAt?: Time;
}
/**
 * A subscription ends and is not renewed.
 */
export interface AccountSubscriptionCanceledV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  SubscriptionId?: Id;
  Reason?: Text;
  EndsAt?: Time;
}
/**
 * Settings of a whole account changed.
 */
export interface AccountSettingsUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  UpdatedFields?: Texts;
}
/**
 * A profile was created within an account.
 */
export interface ProfileCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
  ProfileName?: Text;
}
/**
 * A profile changed.
 */
export interface ProfileUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
  UpdatedFields?: Texts;
}
/**
 * A profile was deleted.
 */
export interface ProfileDeletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
}
/**
 * A profile was shared with users.
 */
export interface ProfileSharedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
  SharedWithUserIds?: Ids;
  AccessLevel?: Text;
}
/**
 * A profile is no longer shared with users.
 */
export interface ProfileUnsharedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
  UnsharedWithUserIds?: Ids;
}
/**
 * Preferences of a profile changed.
 */
export interface ProfilePreferencesUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
  UpdatedFields?: Texts;
}
/**
 * A dashboard was put into a profile.
 */
export interface ProfileDashboardAssociatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
  DashboardId?: Id;
  IsDefault?: Bool;
}
/**
 * A dashboard was taken out of a profile.
 */
export interface ProfileDashboardDissociatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ProfileId?: Id;
  DashboardId?: Id;
}
/**
 * A dashboard was created.
 */
export interface DashboardCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  DashboardName?: Text;
  ProfileId?: Id;
}
/**
 * A dashboard was set up anew.
 */
export interface DashboardConfiguredV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  UpdatedFields?: Texts;
}
/**
 * A dashboard was deleted.
 */
export interface DashboardDeletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
}
/**
 * A card was put on a dashboard.
 */
export interface DashboardCardAddedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  CardId?: Id;
  CardName?: Text;
}
/**
 * A card was set up anew.
 */
export interface DashboardCardConfiguredV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  CardId?: Id;
  UpdatedFields?: Texts;
}
/**
 * A card moved to another place on its dashboard, counted from 0.
 */
export interface DashboardCardMovedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  CardId?: Id;
  PreviousPosition?: Count;
  NewPosition?: Count;
}
/**
 * A card was taken off a dashboard.
 */
export interface DashboardCardRemovedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  CardId?: Id;
}
/**
 * A dashboard was shared within profiles.
 */
export interface DashboardSharedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  ProfileIds?: Ids;
  AccessLevel?: Text;
}
/**
 * A dashboard is no longer shared within profiles.
 */
export interface DashboardUnsharedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  DashboardId?: Id;
  ProfileIds?: Ids;
}
/**
 * Content was created.
 */
export interface ContentCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  ContentKind?: Text;
  Title?: Text;
  Locale?: Text;
}
/**
 * Content changed.
 */
export interface ContentUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  UpdatedFields?: Texts;
  VersionNumber?: Positive;
}
/**
 * Content was published. UserId is absent where a schedule published it.
 */
export interface ContentPublishedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  Title?: Text;
  VersionNumber?: Positive;
}
/**
 * Content was taken offline. UserId is absent where a schedule did it.
 */
export interface ContentUnpublishedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  Reason?: Text;
}
/**
 * Content was deleted.
 */
export interface ContentDeletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
}
/**
 * A version of content was saved.
 */
export interface ContentVersionCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  VersionId?: Id;
  VersionNumber?: Positive;
  Comment?: Text;
}
/**
 * An earlier version of content became the present one.
 */
export interface ContentVersionRestoredV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  VersionId?: Id;
  VersionNumber?: Positive;
}
/**
 * The publication of content was scheduled.
 */
export interface ContentScheduleCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  ScheduleId?: Id;
  PublishAt?: Time;
  UnpublishAt?: Time;
}
/**
 * Scheduled content will be published at another time.
 */
export interface ContentScheduleChangedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  ScheduleId?: Id;
  PreviousPublishAt?: Time;
  NewPublishAt?: Time;
}
/**
 * Scheduled content will not be published by itself.
 */
export interface ContentScheduleCanceledV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ContentId?: Id;
  ScheduleId?: Id;
  Reason?: Text;
}
/**
 * Content entered a workflow.
 */
export interface WorkflowStartedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  WorkflowId?: Id;
  ContentId?: Id;
  StageId?: Id;
}
/**
 * Somebody was asked to approve content.
 */
export interface WorkflowApprovalRequestedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  WorkflowId?: Id;
  ContentId?: Id;
  ApproverIds?: Ids;
  StageId?: Id;
  DueAt?: Time;
}
/**
 * Content was approved.
 */
export interface WorkflowApprovalGrantedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  WorkflowId?: Id;
  ContentId?: Id;
  StageId?: Id;
  Comment?: Text;
}
/**
 * Content was rejected.
 */
export interface WorkflowApprovalRejectedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  WorkflowId?: Id;
  ContentId?: Id;
  StageId?: Id;
  Reason?: Text;
}
/**
 * Content moved to another stage of its workflow.
 */
export interface WorkflowStageChangedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  WorkflowId?: Id;
  ContentId?: Id;
  PreviousStageId?: Id;
  NewStageId?: Id;
}
/**
 * Content came to the end of its workflow.
 */
export interface WorkflowCompletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  WorkflowId?: Id;
  ContentId?: Id;
  StartedAt?: Time;
}
/**
 * A workflow was given up.
 */
export interface WorkflowCanceledV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  WorkflowId?: Id;
  ContentId?: Id;
  Reason?: Text;
}
/**
 * The upload of a media asset began.
 */
export interface MediaUploadStartedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  FileName?: Text;
  MimeType?: Text;
  SizeBytes?: Count;
}
/**
 * A media asset was uploaded.
 */
export interface MediaUploadCompletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  FileName?: Text;
  MimeType?: Text;
  SizeBytes?: Count;
  Url?: Url;
}
/**
 * The upload of a media asset failed.
 */
export interface MediaUploadFailedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  FileName?: Text;
  FailureReason?: Text;
  MediaId?: Id;
}
/**
 * The processing of a media asset began.
 */
export interface MediaProcessingStartedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  Operations?: Texts;
}
/**
 * A media asset was processed.
 */
export interface MediaProcessingCompletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  Renditions?: Renditions;
  DurationMs?: Count;
}
/**
 * The processing of a media asset failed.
 */
export interface MediaProcessingFailedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  FailureReason?: Text;
}
/**
 * Tags were given to a media asset.
 */
export interface MediaTagAddedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  Tags?: Texts;
}
/**
 * Tags were taken from a media asset.
 */
export interface MediaTagRemovedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  Tags?: Texts;
}
/**
 * A media asset was put into categories.
 */
export interface MediaCategoryAssignedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  CategoryIds?: Ids;
}
/**
 * A media asset was taken out of categories.
 */
export interface MediaCategoryUnassignedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  CategoryIds?: Ids;
}
/**
 * A media asset was deleted.
 */
export interface MediaDeletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  MediaId?: Id;
  FileName?: Text;
}
/**
 * Maintenance was announced.
 */
export interface SystemMaintenanceScheduledV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  MaintenanceId?: Id;
  StartsAt?: Time;
  EndsAt?: Time;
  AffectedServices?: Texts;
}
/**
 * Maintenance began.
 */
export interface SystemMaintenanceStartedV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  MaintenanceId?: Id;
}
/**
 * Maintenance ended.
 */
export interface SystemMaintenanceCompletedV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  MaintenanceId?: Id;
}
/**
 * A backup began.
 */
export interface SystemBackupStartedV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  BackupId?: Id;
}
/**
 * A backup was made.
 */
export interface SystemBackupCompletedV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  BackupId?: Id;
  SizeBytes?: Count;
  DurationMs?: Count;
}
/**
 * A backup failed.
 */
export interface SystemBackupFailedV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  BackupId?: Id;
  FailureReason?: Text;
}
/**
 * The system met an error.
 */
export interface SystemErrorOccurredV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  ErrorId?: Id;
  Message?: Text;
  ErrorCode?: Text;
  Service?: Text;
  Severity?: Text;
}
/**
 * An error was resolved.
 */
export interface SystemErrorResolvedV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  ErrorId?: Id;
  Resolution?: Text;
}
/**
 * A measured value went beyond its threshold.
 */
export interface SystemPerformanceDegradedV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  Metric?: Text;
  Value?: NumberValue;
  Threshold?: NumberValue;
  Service?: Text;
}
/**
 * A measured value came back within its threshold.
 */
export interface SystemPerformanceRecoveredV1Data {
  Timestamp: Time;
  AccountId?: Id;
  UserId?: Id;
  Metric?: Text;
  Value?: NumberValue;
  Threshold?: NumberValue;
  Service?: Text;
}
/**
 * An entry was written to the audit log.
 */
export interface AuditLogCreatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  LogId?: Id;
  ActionName?: Text;
  ResourceKind?: Text;
  ResourceId?: Id;
  IPAddress?: Ip;
}
/**
 * Somebody asked for an export of the audit log.
 */
export interface AuditExportRequestedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ExportId?: Id;
  Format?: Text;
  PeriodStart?: Time;
  PeriodEnd?: Time;
}
/**
 * An export of the audit log is ready.
 */
export interface AuditExportCompletedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ExportId?: Id;
  Format?: Text;
  EntryCount?: Count;
  ExpiresAt?: Time;
}
/**
 * An export of the audit log failed.
 */
export interface AuditExportFailedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  ExportId?: Id;
  FailureReason?: Text;
}
/**
 * A retention policy changed.
 */
export interface AuditRetentionPolicyUpdatedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  PolicyId?: Id;
  PreviousRetentionDays?: Count;
  NewRetentionDays?: Count;
}
/**
 * A retention policy was carried out.
 */
export interface AuditRetentionPolicyExecutedV1Data {
  Timestamp: Time;
  AccountId: Id;
  UserId?: Id;
  PolicyId?: Id;
  DeletedCount?: Count;
  RetentionDays?: Count;
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
export type ContentlyEvent =
  | StandardEvent<"User.Login.Succeeded", "1", UserLoginSucceededV1Data>
  | StandardEvent<"User.Login.Failed", "1", UserLoginFailedV1Data>
  | StandardEvent<"User.Logout.Completed", "1", UserLogoutCompletedV1Data>
  | StandardEvent<"User.Session.Started", "1", UserSessionStartedV1Data>
  | StandardEvent<"User.Session.Expired", "1", UserSessionExpiredV1Data>
  | StandardEvent<"User.Session.Revoked", "1", UserSessionRevokedV1Data>
  | StandardEvent<"User.MFA.Enabled", "1", UserMfaEnabledV1Data>
  | StandardEvent<"User.MFA.Disabled", "1", UserMfaDisabledV1Data>
  | StandardEvent<"User.MFA.Verified", "1", UserMfaVerifiedV1Data>
  | StandardEvent<"User.MFA.Failed", "1", UserMfaFailedV1Data>
  | StandardEvent<"User.Password.Changed", "1", UserPasswordChangedV1Data>
  | StandardEvent<"User.Password.ResetRequested", "1", UserPasswordResetRequestedV1Data>
  | StandardEvent<"User.Password.ResetCompleted", "1", UserPasswordResetCompletedV1Data>
  | StandardEvent<"User.Created", "1", UserCreatedV1Data>
  | StandardEvent<"User.Updated", "1", UserUpdatedV1Data>
  | StandardEvent<"User.Activated", "1", UserActivatedV1Data>
  | StandardEvent<"User.Deactivated", "1", UserDeactivatedV1Data>
  | StandardEvent<"User.Deleted", "1", UserDeletedV1Data>
  | StandardEvent<"User.Invitation.Sent", "1", UserInvitationSentV1Data>
  | StandardEvent<"User.Invitation.Resent", "1", UserInvitationResentV1Data>
  | StandardEvent<"User.Invitation.Accepted", "1", UserInvitationAcceptedV1Data>
  | StandardEvent<"User.Invitation.Declined", "1", UserInvitationDeclinedV1Data>
  | StandardEvent<"User.Invitation.Revoked", "1", UserInvitationRevokedV1Data>
  | StandardEvent<"User.Invitation.Expired", "1", UserInvitationExpiredV1Data>
  | StandardEvent<"Role.Created", "1", RoleCreatedV1Data>
  | StandardEvent<"Role.Updated", "1", RoleUpdatedV1Data>
  | StandardEvent<"Role.Deleted", "1", RoleDeletedV1Data>
  | StandardEvent<"Role.Assigned", "1", RoleAssignedV1Data>
  | StandardEvent<"Role.Unassigned", "1", RoleUnassignedV1Data>
  | StandardEvent<"Account.Created", "1", AccountCreatedV1Data>
  | StandardEvent<"Account.Updated", "1", AccountUpdatedV1Data>
  | StandardEvent<"Account.Activated", "1", AccountActivatedV1Data>
  | StandardEvent<"Account.Suspended", "1", AccountSuspendedV1Data>
  | StandardEvent<"Account.Deleted", "1", AccountDeletedV1Data>
  | StandardEvent<"Account.Subscription.Started", "1", AccountSubscriptionStartedV1Data>
  | StandardEvent<"Account.Subscription.Changed", "1", AccountSubscriptionChangedV1Data>
  | StandardEvent<"Account.Subscription.Renewed", "1", AccountSubscriptionRenewedV1Data>
  | StandardEvent<"Account.Subscription.Canceled", "1", AccountSubscriptionCanceledV1Data>
  | StandardEvent<"Account.Settings.Updated", "1", AccountSettingsUpdatedV1Data>
  | StandardEvent<"Profile.Created", "1", ProfileCreatedV1Data>
  | StandardEvent<"Profile.Updated", "1", ProfileUpdatedV1Data>
  | StandardEvent<"Profile.Deleted", "1", ProfileDeletedV1Data>
  | StandardEvent<"Profile.Shared", "1", ProfileSharedV1Data>
  | StandardEvent<"Profile.Unshared", "1", ProfileUnsharedV1Data>
  | StandardEvent<"Profile.Preferences.Updated", "1", ProfilePreferencesUpdatedV1Data>
  | StandardEvent<"Profile.Dashboard.Associated", "1", ProfileDashboardAssociatedV1Data>
  | StandardEvent<"Profile.Dashboard.Dissociated", "1", ProfileDashboardDissociatedV1Data>
  | StandardEvent<"Dashboard.Created", "1", DashboardCreatedV1Data>
  | StandardEvent<"Dashboard.Configured", "1", DashboardConfiguredV1Data>
  | StandardEvent<"Dashboard.Deleted", "1", DashboardDeletedV1Data>
  | StandardEvent<"Dashboard.Card.Added", "1", DashboardCardAddedV1Data>
  | StandardEvent<"Dashboard.Card.Configured", "1", DashboardCardConfiguredV1Data>
  | StandardEvent<"Dashboard.Card.Moved", "1", DashboardCardMovedV1Data>
  | StandardEvent<"Dashboard.Card.Removed", "1", DashboardCardRemovedV1Data>
  | StandardEvent<"Dashboard.Shared", "1", DashboardSharedV1Data>
  | StandardEvent<"Dashboard.Unshared", "1", DashboardUnsharedV1Data>
  | StandardEvent<"Content.Created", "1", ContentCreatedV1Data>
  | StandardEvent<"Content.Updated", "1", ContentUpdatedV1Data>
  | StandardEvent<"Content.Published", "1", ContentPublishedV1Data>
  | StandardEvent<"Content.Unpublished", "1", ContentUnpublishedV1Data>
  | StandardEvent<"Content.Deleted", "1", ContentDeletedV1Data>
  | StandardEvent<"Content.Version.Created", "1", ContentVersionCreatedV1Data>
  | StandardEvent<"Content.Version.Restored", "1", ContentVersionRestoredV1Data>
  | StandardEvent<"Content.Schedule.Created", "1", ContentScheduleCreatedV1Data>
  | StandardEvent<"Content.Schedule.Changed", "1", ContentScheduleChangedV1Data>
  | StandardEvent<"Content.Schedule.Canceled", "1", ContentScheduleCanceledV1Data>
  | StandardEvent<"Workflow.Started", "1", WorkflowStartedV1Data>
  | StandardEvent<"Workflow.Approval.Requested", "1", WorkflowApprovalRequestedV1Data>
  | StandardEvent<"Workflow.Approval.Granted", "1", WorkflowApprovalGrantedV1Data>
  | StandardEvent<"Workflow.Approval.Rejected", "1", WorkflowApprovalRejectedV1Data>
  | StandardEvent<"Workflow.Stage.Changed", "1", WorkflowStageChangedV1Data>
  | StandardEvent<"Workflow.Completed", "1", WorkflowCompletedV1Data>
  | StandardEvent<"Workflow.Canceled", "1", WorkflowCanceledV1Data>
  | StandardEvent<"Media.Upload.Started", "1", MediaUploadStartedV1Data>
  | StandardEvent<"Media.Upload.Completed", "1", MediaUploadCompletedV1Data>
  | StandardEvent<"Media.Upload.Failed", "1", MediaUploadFailedV1Data>
  | StandardEvent<"Media.Processing.Started", "1", MediaProcessingStartedV1Data>
  | StandardEvent<"Media.Processing.Completed", "1", MediaProcessingCompletedV1Data>
  | StandardEvent<"Media.Processing.Failed", "1", MediaProcessingFailedV1Data>
  | StandardEvent<"Media.Tag.Added", "1", MediaTagAddedV1Data>
  | StandardEvent<"Media.Tag.Removed", "1", MediaTagRemovedV1Data>
  | StandardEvent<"Media.Category.Assigned", "1", MediaCategoryAssignedV1Data>
  | StandardEvent<"Media.Category.Unassigned", "1", MediaCategoryUnassignedV1Data>
  | StandardEvent<"Media.Deleted", "1", MediaDeletedV1Data>
  | StandardEvent<"System.Maintenance.Scheduled", "1", SystemMaintenanceScheduledV1Data>
  | StandardEvent<"System.Maintenance.Started", "1", SystemMaintenanceStartedV1Data>
  | StandardEvent<"System.Maintenance.Completed", "1", SystemMaintenanceCompletedV1Data>
  | StandardEvent<"System.Backup.Started", "1", SystemBackupStartedV1Data>
  | StandardEvent<"System.Backup.Completed", "1", SystemBackupCompletedV1Data>
  | StandardEvent<"System.Backup.Failed", "1", SystemBackupFailedV1Data>
  | StandardEvent<"System.Error.Occurred", "1", SystemErrorOccurredV1Data>
  | StandardEvent<"System.Error.Resolved", "1", SystemErrorResolvedV1Data>
  | StandardEvent<"System.Performance.Degraded", "1", SystemPerformanceDegradedV1Data>
  | StandardEvent<"System.Performance.Recovered", "1", SystemPerformanceRecoveredV1Data>
  | StandardEvent<"Audit.Log.Created", "1", AuditLogCreatedV1Data>
  | StandardEvent<"Audit.Export.Requested", "1", AuditExportRequestedV1Data>
  | StandardEvent<"Audit.Export.Completed", "1", AuditExportCompletedV1Data>
  | StandardEvent<"Audit.Export.Failed", "1", AuditExportFailedV1Data>
  | StandardEvent<"Audit.Retention.PolicyUpdated", "1", AuditRetentionPolicyUpdatedV1Data>
  | StandardEvent<"Audit.Retention.PolicyExecuted", "1", AuditRetentionPolicyExecutedV1Data>;

/** What an endpoint of the format `native` receives. */
export type ContentlyDocument =
  | UserLoginSucceededV1Data
  | UserLoginFailedV1Data
  | UserLogoutCompletedV1Data
  | UserSessionStartedV1Data
  | UserSessionExpiredV1Data
  | UserSessionRevokedV1Data
  | UserMfaEnabledV1Data
  | UserMfaDisabledV1Data
  | UserMfaVerifiedV1Data
  | UserMfaFailedV1Data
  | UserPasswordChangedV1Data
  | UserPasswordResetRequestedV1Data
  | UserPasswordResetCompletedV1Data
  | UserCreatedV1Data
  | UserUpdatedV1Data
  | UserActivatedV1Data
  | UserDeactivatedV1Data
  | UserDeletedV1Data
  | UserInvitationSentV1Data
  | UserInvitationResentV1Data
  | UserInvitationAcceptedV1Data
  | UserInvitationDeclinedV1Data
  | UserInvitationRevokedV1Data
  | UserInvitationExpiredV1Data
  | RoleCreatedV1Data
  | RoleUpdatedV1Data
  | RoleDeletedV1Data
  | RoleAssignedV1Data
  | RoleUnassignedV1Data
  | AccountCreatedV1Data
  | AccountUpdatedV1Data
  | AccountActivatedV1Data
  | AccountSuspendedV1Data
  | AccountDeletedV1Data
  | AccountSubscriptionStartedV1Data
  | AccountSubscriptionChangedV1Data
  | AccountSubscriptionRenewedV1Data
  | AccountSubscriptionCanceledV1Data
  | AccountSettingsUpdatedV1Data
  | ProfileCreatedV1Data
  | ProfileUpdatedV1Data
  | ProfileDeletedV1Data
  | ProfileSharedV1Data
  | ProfileUnsharedV1Data
  | ProfilePreferencesUpdatedV1Data
  | ProfileDashboardAssociatedV1Data
  | ProfileDashboardDissociatedV1Data
  | DashboardCreatedV1Data
  | DashboardConfiguredV1Data
  | DashboardDeletedV1Data
  | DashboardCardAddedV1Data
  | DashboardCardConfiguredV1Data
  | DashboardCardMovedV1Data
  | DashboardCardRemovedV1Data
  | DashboardSharedV1Data
  | DashboardUnsharedV1Data
  | ContentCreatedV1Data
  | ContentUpdatedV1Data
  | ContentPublishedV1Data
  | ContentUnpublishedV1Data
  | ContentDeletedV1Data
  | ContentVersionCreatedV1Data
  | ContentVersionRestoredV1Data
  | ContentScheduleCreatedV1Data
  | ContentScheduleChangedV1Data
  | ContentScheduleCanceledV1Data
  | WorkflowStartedV1Data
  | WorkflowApprovalRequestedV1Data
  | WorkflowApprovalGrantedV1Data
  | WorkflowApprovalRejectedV1Data
  | WorkflowStageChangedV1Data
  | WorkflowCompletedV1Data
  | WorkflowCanceledV1Data
  | MediaUploadStartedV1Data
  | MediaUploadCompletedV1Data
  | MediaUploadFailedV1Data
  | MediaProcessingStartedV1Data
  | MediaProcessingCompletedV1Data
  | MediaProcessingFailedV1Data
  | MediaTagAddedV1Data
  | MediaTagRemovedV1Data
  | MediaCategoryAssignedV1Data
  | MediaCategoryUnassignedV1Data
  | MediaDeletedV1Data
  | SystemMaintenanceScheduledV1Data
  | SystemMaintenanceStartedV1Data
  | SystemMaintenanceCompletedV1Data
  | SystemBackupStartedV1Data
  | SystemBackupCompletedV1Data
  | SystemBackupFailedV1Data
  | SystemErrorOccurredV1Data
  | SystemErrorResolvedV1Data
  | SystemPerformanceDegradedV1Data
  | SystemPerformanceRecoveredV1Data
  | AuditLogCreatedV1Data
  | AuditExportRequestedV1Data
  | AuditExportCompletedV1Data
  | AuditExportFailedV1Data
  | AuditRetentionPolicyUpdatedV1Data
  | AuditRetentionPolicyExecutedV1Data;
