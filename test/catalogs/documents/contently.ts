/** The parts of the Contently document that say something of its events, as it prints them. */
export const categories = `
### 1. Authentication Events
Events related to user login, logout, session management, MFA, and password management.

### 2. User Management Events
Events covering user lifecycle including creation, updates, activation, deactivation, and invitation workflows.

### 3. Role Management Events
Events for role-based access control including role creation, updates, deletion, and role assignments.

### 4. Account Management Events
Events for account (organization/tenant) lifecycle, subscription management, and account-level settings.

### 5. Profile Management Events
Events for profile management within accounts, including sharing, preferences, and dashboard associations.

### 6. Dashboard Management Events
Events covering dashboard creation, configuration, card management, and dashboard sharing within profiles.

### 7. Content Events
Events for content lifecycle including creation, updates, publishing, versioning, and scheduling.

### 8. Workflow Events
Events for content workflow management including approvals, rejections, stage transitions, and workflow completion.

### 9. Media Events
Events for media asset management including uploads, processing, tagging, and categorization.

### 10. API Events
Events for API key management, request tracking, rate limiting, and webhook management.

### 11. System Events
Events for system-level operations including maintenance, backups, errors, and performance monitoring.

### 12. Audit Events
Events for compliance and audit trail including log creation, exports, and retention policy execution.
`;

export const namingConvention = "{Domain}.{Action}.{Detail}";

export const exampleNames = ["User.Login.Succeeded", "Dashboard.Card.Added", "Content.Published"];

export const commonFields = `
- **Timestamp**: DateTime - When the event occurred
- **AccountId**: string - The account context for the event
- **UserId**: string - The user who triggered the event (where applicable)
`;

/** What a publisher who knows the document alone sends of the three types that it names: the common fields. */
export const exampleEvents: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: "User.Login.Succeeded",
    text: `{"Timestamp":"2024-12-02T09:30:00Z","AccountId":"account-123","UserId":"user-456"}`,
  },
  {
    name: "Dashboard.Card.Added",
    text: `{"Timestamp":"2024-12-02T09:31:00.5+01:00","AccountId":"account-123","UserId":"user-456"}`,
  },
  {
    name: "Content.Published",
    text: `{"Timestamp":"2024-12-02T09:32:00.1234567Z","AccountId":"account-123"}`,
  },
];

/** What each category's description lists, with the event types that answer to it. */
export const calledFor: readonly (readonly [category: string, words: string, names: readonly string[]])[] = [
  ["Authentication Events", "user login", ["User.Login.Succeeded", "User.Login.Failed"]],
  ["Authentication Events", "logout", ["User.Logout.Completed"]],
  [
    "Authentication Events",
    "session management",
    ["User.Session.Started", "User.Session.Expired", "User.Session.Revoked"],
  ],
  ["Authentication Events", "MFA", ["User.MFA.Enabled", "User.MFA.Disabled", "User.MFA.Verified", "User.MFA.Failed"]],
  [
    "Authentication Events",
    "password management",
    ["User.Password.Changed", "User.Password.ResetRequested", "User.Password.ResetCompleted"],
  ],
  ["User Management Events", "user lifecycle", ["User.Deleted"]],
  ["User Management Events", "creation", ["User.Created"]],
  ["User Management Events", "updates", ["User.Updated"]],
  ["User Management Events", ", activation", ["User.Activated"]],
  ["User Management Events", "deactivation", ["User.Deactivated"]],
  [
    "User Management Events",
    "invitation workflows",
    [
      "User.Invitation.Sent",
      "User.Invitation.Resent",
      "User.Invitation.Accepted",
      "User.Invitation.Declined",
      "User.Invitation.Revoked",
      "User.Invitation.Expired",
    ],
  ],
  ["Role Management Events", "role creation", ["Role.Created"]],
  ["Role Management Events", "updates", ["Role.Updated"]],
  ["Role Management Events", "deletion", ["Role.Deleted"]],
  ["Role Management Events", "role assignments", ["Role.Assigned", "Role.Unassigned"]],
  [
    "Account Management Events",
    "account (organization/tenant) lifecycle",
    ["Account.Created", "Account.Updated", "Account.Activated", "Account.Suspended", "Account.Deleted"],
  ],
  [
    "Account Management Events",
    "subscription management",
    [
      "Account.Subscription.Started",
      "Account.Subscription.Changed",
      "Account.Subscription.Renewed",
      "Account.Subscription.Canceled",
    ],
  ],
  ["Account Management Events", "account-level settings", ["Account.Settings.Updated"]],
  ["Profile Management Events", "profile management", ["Profile.Created", "Profile.Updated", "Profile.Deleted"]],
  ["Profile Management Events", "sharing", ["Profile.Shared", "Profile.Unshared"]],
  ["Profile Management Events", "preferences", ["Profile.Preferences.Updated"]],
  [
    "Profile Management Events",
    "dashboard associations",
    ["Profile.Dashboard.Associated", "Profile.Dashboard.Dissociated"],
  ],
  ["Dashboard Management Events", "dashboard creation", ["Dashboard.Created", "Dashboard.Deleted"]],
  ["Dashboard Management Events", "configuration", ["Dashboard.Configured"]],
  [
    "Dashboard Management Events",
    "card management",
    ["Dashboard.Card.Added", "Dashboard.Card.Configured", "Dashboard.Card.Moved", "Dashboard.Card.Removed"],
  ],
  ["Dashboard Management Events", "dashboard sharing within profiles", ["Dashboard.Shared", "Dashboard.Unshared"]],
  ["Content Events", "content lifecycle", ["Content.Deleted"]],
  ["Content Events", "creation", ["Content.Created"]],
  ["Content Events", "updates", ["Content.Updated"]],
  ["Content Events", "publishing", ["Content.Published", "Content.Unpublished"]],
  ["Content Events", "versioning", ["Content.Version.Created", "Content.Version.Restored"]],
  [
    "Content Events",
    "scheduling",
    ["Content.Schedule.Created", "Content.Schedule.Changed", "Content.Schedule.Canceled"],
  ],
  ["Workflow Events", "content workflow management", ["Workflow.Started", "Workflow.Canceled"]],
  ["Workflow Events", "approvals", ["Workflow.Approval.Requested", "Workflow.Approval.Granted"]],
  ["Workflow Events", "rejections", ["Workflow.Approval.Rejected"]],
  ["Workflow Events", "stage transitions", ["Workflow.Stage.Changed"]],
  ["Workflow Events", "workflow completion", ["Workflow.Completed"]],
  ["Media Events", "media asset management", ["Media.Deleted"]],
  ["Media Events", "uploads", ["Media.Upload.Started", "Media.Upload.Completed", "Media.Upload.Failed"]],
  ["Media Events", "processing", ["Media.Processing.Started", "Media.Processing.Completed", "Media.Processing.Failed"]],
  ["Media Events", "tagging", ["Media.Tag.Added", "Media.Tag.Removed"]],
  ["Media Events", "categorization", ["Media.Category.Assigned", "Media.Category.Unassigned"]],
  ["API Events", "API key management", ["API.Key.Created", "API.Key.Revoked"]],
  ["API Events", "request tracking", ["API.Request.Received"]],
  [
    "API Events",
    "webhook management",
    [
      "API.Webhook.Registered",
      "API.Webhook.Updated",
      "API.Webhook.Deleted",
      "API.Webhook.Enabled",
      "API.Webhook.Disabled",
      "API.Webhook.Triggered",
      "API.Webhook.Failed",
      "API.Webhook.Exhausted",
      "API.Webhook.SecretRotated",
      "API.Webhook.Recovered",
      "API.Webhook.ReplayCompleted",
      "API.Webhook.Test",
    ],
  ],
  [
    "System Events",
    "maintenance",
    ["System.Maintenance.Scheduled", "System.Maintenance.Started", "System.Maintenance.Completed"],
  ],
  ["System Events", "backups", ["System.Backup.Started", "System.Backup.Completed", "System.Backup.Failed"]],
  ["System Events", "errors", ["System.Error.Occurred", "System.Error.Resolved"]],
  ["System Events", "performance monitoring", ["System.Performance.Degraded", "System.Performance.Recovered"]],
  ["Audit Events", "log creation", ["Audit.Log.Created"]],
  ["Audit Events", "exports", ["Audit.Export.Requested", "Audit.Export.Completed", "Audit.Export.Failed"]],
  ["Audit Events", "retention policy execution", ["Audit.Retention.PolicyUpdated", "Audit.Retention.PolicyExecuted"]],
];
