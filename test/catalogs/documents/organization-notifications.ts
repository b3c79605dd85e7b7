/** What the document of the organization notifications prints: its tables, and each definition with its documents as they stand there. */
export interface OverviewRow {
  readonly event: string;
  readonly notificationType: string;
  readonly channels: readonly string[];
  readonly recipients: string;
}

export interface Definition {
  readonly event: string;
  readonly title: string;
  readonly channels: readonly string[];
  readonly template: string;
  readonly priority: string;
  /** One document; null where the document prints none. */
  readonly trigger: string | null;
  readonly payload: string;
  readonly sentToEachUser: boolean;
  /** The lines of "Email Content". */
  readonly email: readonly string[];
}

export const overview: readonly { readonly heading: string; readonly rows: readonly OverviewRow[] }[] = [
  {
    heading: "User Notifications",
    rows: [
      {
        event: "user.profile_updated",
        notificationType: "Confirmation",
        channels: [],
        recipients: "None (no notification)",
      },
      {
        event: "user.competency_verified",
        notificationType: "Achievement",
        channels: ["email", "in-app"],
        recipients: "User",
      },
      {
        event: "user.account_deleted",
        notificationType: "Confirmation",
        channels: ["email"],
        recipients: "User (to backup email)",
      },
    ],
  },
  {
    heading: "Organization Notifications",
    rows: [
      { event: "organization.created", notificationType: "Welcome", channels: ["email"], recipients: "Creator" },
      {
        event: "organization.member_joined",
        notificationType: "Welcome",
        channels: ["email", "in-app"],
        recipients: "New member",
      },
      {
        event: "organization.member_role_changed",
        notificationType: "Role Update",
        channels: ["email", "in-app"],
        recipients: "Affected member",
      },
      {
        event: "organization.member_removed",
        notificationType: "Removal Notice",
        channels: ["email"],
        recipients: "Removed member",
      },
      {
        event: "organization.sso_configured",
        notificationType: "Admin Notice",
        channels: ["email"],
        recipients: "Org admins",
      },
    ],
  },
  {
    heading: "Team Notifications",
    rows: [
      { event: "team.created", notificationType: "Info", channels: ["in-app"], recipients: "Team creator" },
      {
        event: "team.members_added",
        notificationType: "Welcome",
        channels: ["email", "in-app"],
        recipients: "Added members",
      },
      {
        event: "team.member_removed",
        notificationType: "Removal Notice",
        channels: ["in-app"],
        recipients: "Removed member",
      },
    ],
  },
  {
    heading: "Invitation Notifications",
    rows: [
      { event: "invitation.created", notificationType: "Invitation Email", channels: ["email"], recipients: "Invitee" },
      {
        event: "invitation.accepted",
        notificationType: "Confirmation",
        channels: ["email", "in-app"],
        recipients: "Inviter",
      },
      { event: "invitation.revoked", notificationType: "-", channels: [], recipients: "None (no notification)" },
      { event: "invitation.expired", notificationType: "Reminder", channels: ["email"], recipients: "Inviter (admin)" },
    ],
  },
];

export const definitions: readonly Definition[] = [
  {
    event: "user.competency_verified",
    title: "Achievement Notification",
    channels: ["email", "in-app"],
    template: "competency_verified",
    priority: "normal",
    trigger: `{
  "type": "user.competency_verified",
  "data": {
    "userId": "user-456",
    "competencyId": "comp-789",
    "competencyName": "TypeScript",
    "verifiedBy": "verifier-123"
  }
}`,
    payload: `{
  "type": "email",
  "template": "competency_verified",
  "recipients": ["user@example.com"],
  "data": {
    "competencyName": "TypeScript",
    "verifiedByName": "Jane Smith",
    "profileLink": "https://app.example.com/profile"
  },
  "priority": "normal"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "Your TypeScript skill has been verified! 🎉"',
      "Congratulations message",
      "Link to view profile",
    ],
  },
  {
    event: "user.account_deleted",
    title: "Deletion Confirmation",
    channels: ["email"],
    template: "account_deleted",
    priority: "high",
    trigger: `{
  "type": "user.account_deleted",
  "data": {
    "userId": "user-456",
    "email": "user@example.com",
    "deletedBy": "user-456",
    "reason": "User requested"
  }
}`,
    payload: `{
  "type": "email",
  "template": "account_deleted",
  "recipients": ["user@example.com"],
  "data": {
    "deletionDate": "2025-01-22T10:30:00.000Z",
    "dataRetentionDays": 30,
    "supportEmail": "support@example.com"
  },
  "priority": "high"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "Your account has been deleted"',
      "Confirmation of deletion",
      "Data retention policy",
      "Contact support link",
    ],
  },
  {
    event: "organization.created",
    title: "Welcome Email",
    channels: ["email"],
    template: "organization_created",
    priority: "normal",
    trigger: `{
  "type": "organization.created",
  "data": {
    "organizationId": "org-123",
    "name": "Acme Corp",
    "createdBy": "user-456"
  }
}`,
    payload: `{
  "type": "email",
  "template": "organization_created",
  "recipients": ["admin@example.com"],
  "data": {
    "organizationName": "Acme Corp",
    "dashboardLink": "https://app.example.com/org/org-123",
    "inviteLink": "https://app.example.com/org/org-123/invite",
    "settingsLink": "https://app.example.com/org/org-123/settings"
  },
  "priority": "normal"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "Welcome to your new organization: Acme Corp"',
      "Getting started guide",
      "Link to invite members",
      "Link to organization settings",
    ],
  },
  {
    event: "organization.member_joined",
    title: "Welcome to Organization",
    channels: ["email", "in-app"],
    template: "member_joined",
    priority: "normal",
    trigger: `{
  "type": "organization.member_joined",
  "data": {
    "organizationId": "org-123",
    "userId": "new-user-789",
    "email": "newuser@example.com",
    "roleId": "role-member",
    "roleName": "Member"
  }
}`,
    payload: `{
  "type": "email",
  "template": "member_joined",
  "recipients": ["newuser@example.com"],
  "data": {
    "organizationName": "Acme Corp",
    "roleName": "Member",
    "dashboardLink": "https://app.example.com/dashboard",
    "teamLink": "https://app.example.com/org/org-123/teams"
  },
  "priority": "normal"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "Welcome to Acme Corp!"',
      "Organization name and role",
      "Getting started links",
      "Team directory link",
    ],
  },
  {
    event: "organization.member_role_changed",
    title: "Role Update",
    channels: ["email", "in-app"],
    template: "role_changed",
    priority: "high",
    trigger: `{
  "type": "organization.member_role_changed",
  "data": {
    "organizationId": "org-123",
    "userId": "user-789",
    "oldRoleId": "role-member",
    "oldRoleName": "Member",
    "newRoleId": "role-admin",
    "newRoleName": "Admin",
    "changedBy": "admin-456"
  }
}`,
    payload: `{
  "type": "email",
  "template": "role_changed",
  "recipients": ["user@example.com"],
  "data": {
    "organizationName": "Acme Corp",
    "oldRole": "Member",
    "newRole": "Admin",
    "changedByName": "John Admin",
    "permissionsLink": "https://app.example.com/org/org-123/roles"
  },
  "priority": "high"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "Your role has been updated in Acme Corp"',
      "Old and new role names",
      "Who made the change",
      "Link to view new permissions",
    ],
  },
  {
    event: "organization.member_removed",
    title: "Removal Notice",
    channels: ["email"],
    template: "member_removed",
    priority: "high",
    trigger: `{
  "type": "organization.member_removed",
  "data": {
    "organizationId": "org-123",
    "userId": "user-789",
    "email": "user@example.com",
    "removedBy": "admin-456",
    "reason": "No longer with company"
  }
}`,
    payload: `{
  "type": "email",
  "template": "member_removed",
  "recipients": ["user@example.com"],
  "data": {
    "organizationName": "Acme Corp",
    "removalDate": "2025-01-22T10:30:00.000Z",
    "dataExportLink": "https://app.example.com/data-export",
    "supportEmail": "support@example.com"
  },
  "priority": "high"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "You have been removed from Acme Corp"',
      "Removal date",
      "Data export option (if applicable)",
      "Support contact",
    ],
  },
  {
    event: "organization.sso_configured",
    title: "Admin Notice",
    channels: ["email"],
    template: "sso_configured",
    priority: "high",
    trigger: `{
  "type": "organization.sso_configured",
  "data": {
    "organizationId": "org-123",
    "provider": "azure_ad",
    "configuredBy": "admin-456"
  }
}`,
    payload: `{
  "type": "email",
  "template": "sso_configured",
  "recipients": ["admin1@example.com", "admin2@example.com"],
  "data": {
    "organizationName": "Acme Corp",
    "provider": "Azure AD",
    "configuredByName": "John Admin",
    "ssoSettingsLink": "https://app.example.com/org/org-123/settings/sso"
  },
  "priority": "high"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "SSO has been configured for Acme Corp"',
      "Provider name",
      "Who configured it",
      "Link to SSO settings",
    ],
  },
  {
    event: "team.members_added",
    title: "Welcome to Team",
    channels: ["email", "in-app"],
    template: "team_member_added",
    priority: "normal",
    trigger: `{
  "type": "team.members_added",
  "data": {
    "teamId": "team-789",
    "organizationId": "org-123",
    "userIds": ["user-1", "user-2", "user-3"],
    "addedBy": "admin-456"
  }
}`,
    payload: `{
  "type": "email",
  "template": "team_member_added",
  "recipients": ["user1@example.com"],
  "data": {
    "teamName": "Engineering",
    "organizationName": "Acme Corp",
    "addedByName": "John Admin",
    "teamLink": "https://app.example.com/teams/team-789"
  },
  "priority": "normal"
}`,
    sentToEachUser: true,
    email: [
      'Subject: "You\'ve been added to the Engineering team"',
      "Team and organization names",
      "Link to team page",
    ],
  },
  {
    event: "team.member_removed",
    title: "Team Removal",
    channels: ["in-app"],
    template: "team_member_removed",
    priority: "low",
    trigger: null,
    payload: `{
  "type": "in-app",
  "template": "team_member_removed",
  "recipients": ["user-789"],
  "data": {
    "teamName": "Engineering",
    "message": "You have been removed from the Engineering team"
  },
  "priority": "low"
}`,
    sentToEachUser: false,
    email: [],
  },
  {
    event: "invitation.created",
    title: "Invitation Email",
    channels: ["email"],
    template: "invitation",
    priority: "high",
    trigger: `{
  "type": "invitation.created",
  "data": {
    "invitationId": "inv-789",
    "organizationId": "org-123",
    "email": "newuser@example.com",
    "invitationType": "email",
    "expiresAt": "2025-01-29T10:30:00.000Z",
    "createdBy": "admin-456"
  }
}`,
    payload: `{
  "type": "email",
  "template": "invitation",
  "recipients": ["newuser@example.com"],
  "data": {
    "organizationName": "Acme Corp",
    "inviterName": "John Admin",
    "inviteLink": "https://app.example.com/invite/inv-789",
    "expiresAt": "2025-01-29T10:30:00.000Z",
    "expiresIn": "7 days"
  },
  "priority": "high"
}`,
    sentToEachUser: false,
    email: [
      'Subject: "John Admin invited you to join Acme Corp"',
      "Organization name",
      "Who invited them",
      "Accept invitation button",
      "Expiration notice",
    ],
  },
  {
    event: "invitation.accepted",
    title: "Invitation Accepted",
    channels: ["email", "in-app"],
    template: "invitation_accepted",
    priority: "normal",
    trigger: `{
  "type": "invitation.accepted",
  "data": {
    "invitationId": "inv-789",
    "organizationId": "org-123",
    "userId": "new-user-789",
    "email": "newuser@example.com",
    "acceptedAt": "2025-01-22T10:30:00.000Z"
  }
}`,
    payload: `{
  "type": "email",
  "template": "invitation_accepted",
  "recipients": ["admin@example.com"],
  "data": {
    "inviteeName": "New User",
    "inviteeEmail": "newuser@example.com",
    "organizationName": "Acme Corp",
    "membersLink": "https://app.example.com/org/org-123/members"
  },
  "priority": "normal"
}`,
    sentToEachUser: false,
    email: ['Subject: "New User accepted your invitation"', "Who accepted", "Link to manage members"],
  },
  {
    event: "invitation.expired",
    title: "Expiration Reminder",
    channels: ["email"],
    template: "invitation_expired",
    priority: "low",
    trigger: `{
  "type": "invitation.expired",
  "data": {
    "invitationId": "inv-789",
    "organizationId": "org-123",
    "email": "newuser@example.com"
  }
}`,
    payload: `{
  "type": "email",
  "template": "invitation_expired",
  "recipients": ["admin@example.com"],
  "data": {
    "inviteeEmail": "newuser@example.com",
    "organizationName": "Acme Corp",
    "resendLink": "https://app.example.com/org/org-123/invite?email=newuser@example.com"
  },
  "priority": "low"
}`,
    sentToEachUser: false,
    email: ['Subject: "Invitation to newuser@example.com has expired"', "Option to resend invitation"],
  },
];

/** Channel, use cases, configuration. */
export const channels: readonly (readonly [string, string, string])[] = [
  ["email", "All organization notifications", "SMTP/SendGrid"],
  ["in-app", "Team changes, role updates", "WebSocket/Push"],
  ["push", "Critical admin notices", "Firebase/OneSignal"],
];

/** Preference, default, options. */
export const preferences: readonly (readonly [string, string, readonly string[]])[] = [
  ["org_updates", "enabled", ["enabled", "disabled"]],
  ["team_updates", "enabled", ["enabled", "disabled"]],
  ["invitation_updates", "enabled", ["enabled", "disabled"]],
  ["competency_updates", "enabled", ["enabled", "disabled"]],
];

/** Event type, most notifications, window. */
export const rateLimits: readonly (readonly [string, number, string])[] = [
  ["invitation.created", 50, "24 hours (per org)"],
  ["team.members_added", 100, "1 hour"],
  ["Role change notifications", 10, "1 hour (per user)"],
];
