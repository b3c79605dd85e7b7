import type { Json } from "#domain/catalog/document.ts";

export interface Case {
  readonly event: string;
  /** Whose notification it is, as the trigger or metadata.inviterId say; null where no user's id is known. */
  readonly user: string | null;
  /** What the payload printed in the document shows and the trigger printed there does not carry. */
  readonly metadata: { readonly [name: string]: Json };
  /** Beside type and data. */
  readonly timestamp?: string;
}

export const app = "https://app.example.com";
const organizationName = "Acme Corp";
const supportEmail = "support@example.com";
const timestamp = "2025-01-22T10:30:00.000Z";
/** For each trigger that the document prints and that has one recipient, or one notification for all. */
export const cases: readonly Case[] = [
  {
    event: "user.competency_verified",
    user: "user-456",
    metadata: { verifiedByName: "Jane Smith", profileLink: `${app}/profile` },
  },
  { event: "user.account_deleted", user: "user-456", timestamp, metadata: { dataRetentionDays: 30, supportEmail } },
  {
    event: "organization.created",
    user: "user-456",
    metadata: {
      dashboardLink: `${app}/org/org-123`,
      inviteLink: `${app}/org/org-123/invite`,
      settingsLink: `${app}/org/org-123/settings`,
    },
  },
  {
    event: "organization.member_joined",
    user: "new-user-789",
    metadata: { organizationName, dashboardLink: `${app}/dashboard`, teamLink: `${app}/org/org-123/teams` },
  },
  {
    event: "organization.member_role_changed",
    user: "user-789",
    metadata: { organizationName, changedByName: "John Admin", permissionsLink: `${app}/org/org-123/roles` },
  },
  {
    event: "organization.member_removed",
    user: "user-789",
    timestamp,
    metadata: { organizationName, dataExportLink: `${app}/data-export`, supportEmail },
  },
  {
    event: "organization.sso_configured",
    user: null,
    metadata: {
      organizationName,
      provider: "Azure AD",
      configuredByName: "John Admin",
      ssoSettingsLink: `${app}/org/org-123/settings/sso`,
    },
  },
  {
    event: "invitation.created",
    user: null,
    metadata: {
      organizationName,
      inviterName: "John Admin",
      inviteLink: `${app}/invite/inv-789`,
      expiresIn: "7 days",
    },
  },
  {
    event: "invitation.accepted",
    user: "admin-456",
    metadata: {
      inviterId: "admin-456",
      inviteeName: "New User",
      organizationName,
      membersLink: `${app}/org/org-123/members`,
    },
  },
  {
    event: "invitation.expired",
    user: "admin-456",
    metadata: {
      inviterId: "admin-456",
      organizationName,
      resendLink: `${app}/org/org-123/invite?email=newuser@example.com`,
    },
  },
];

/** The same for team.members_added. */
export const teamAdded = {
  teamName: "Engineering",
  organizationName,
  addedByName: "John Admin",
  teamLink: `${app}/teams/team-789`,
};
