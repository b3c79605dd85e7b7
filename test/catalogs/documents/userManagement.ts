/** What the document of the user management events says of each event type, in its words and order. */
export interface PublishedEvent {
  readonly name: string;
  readonly description: string;
  readonly triggeredWhen: readonly string[];
  readonly notificationTriggered: readonly string[];
}

export const publishedEvents: readonly PublishedEvent[] = [
  {
    name: "user.profile_updated",
    description: "Emitted when a user profile is updated. Can trigger notification if significant changes occur.",
    triggeredWhen: ["User updates their own profile", "Admin updates a user profile"],
    notificationTriggered: ["Profile update confirmation (optional, configurable)"],
  },
  {
    name: "user.deactivated",
    description: "Emitted when a user account is deactivated. Triggers notification to user.",
    triggeredWhen: ["User deactivates their own account", "Admin deactivates a user account"],
    notificationTriggered: ["Account deactivation confirmation email", "Security alert (if deactivated by admin)"],
  },
  {
    name: "user.reactivated",
    description: "Emitted when a user account is reactivated. Triggers welcome back notification.",
    triggeredWhen: ["Admin reactivates a deactivated user account"],
    notificationTriggered: ["Account reactivation welcome email"],
  },
  {
    name: "user.deleted",
    description: "Emitted when a user account is permanently deleted. Triggers final notification.",
    triggeredWhen: ["Admin permanently deletes a user account after soft-deletion period"],
    notificationTriggered: ["Account deletion confirmation (if user email still accessible)"],
  },
  {
    name: "user.session_revoked",
    description: "Emitted when a user session is revoked. Triggers security notification.",
    triggeredWhen: ["User revokes a specific session", "User revokes all other sessions"],
    notificationTriggered: ["Session revocation confirmation", "Security alert (if multiple sessions revoked)"],
  },
  {
    name: "tenant.member_joined",
    description: "Emitted when a user joins a tenant. Triggers welcome notification.",
    triggeredWhen: ["User accepts an invitation", "User is added directly to tenant"],
    notificationTriggered: ["Welcome to tenant email"],
  },
  {
    name: "tenant.member_role_changed",
    description: "Emitted when a member's role is changed. Triggers notification about role change.",
    triggeredWhen: ["Admin changes member's role", "Role is updated via API"],
    notificationTriggered: ["Role change notification email"],
  },
  {
    name: "tenant.member_removed",
    description: "Emitted when a user is removed from a tenant. Triggers notification.",
    triggeredWhen: ["Admin removes member from tenant", "User leaves tenant voluntarily"],
    notificationTriggered: [
      "Member removal notification (if removed by admin)",
      "Goodbye notification (if user left voluntarily)",
    ],
  },
  {
    name: "invitation.created",
    description: "Emitted when an invitation is created. Triggers invitation email.",
    triggeredWhen: ["Admin creates invitation for new user", "System creates invitation via API"],
    notificationTriggered: ["Invitation email with invitation link"],
  },
  {
    name: "invitation.accepted",
    description: "Emitted when a user accepts an invitation. Triggers confirmation to inviter.",
    triggeredWhen: ["User clicks invitation link and accepts", "User accepts invitation via API"],
    notificationTriggered: ["Invitation accepted confirmation (to inviter)", "Welcome notification (to new member)"],
  },
  {
    name: "invitation.expired",
    description: "Emitted when an invitation expires. Can trigger reminder or expiration notification.",
    triggeredWhen: ["Invitation expiration date is reached", "System processes expired invitations"],
    notificationTriggered: ["Invitation expiration notification (optional)"],
  },
  {
    name: "team.members_added",
    description: "Emitted when members are added to a team. Triggers team welcome notification.",
    triggeredWhen: ["Admin adds members to team", "Members are added via API"],
    notificationTriggered: ["Team welcome notification"],
  },
];

/** The whole events that it prints, to the byte. */
export const exampleEvents: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: "tenant.member_joined",
    text: `{
  "id": "evt_12345678-1234-1234-1234-123456789abc",
  "type": "tenant.member_joined",
  "timestamp": "2025-01-22T10:00:00Z",
  "version": "1.0",
  "source": "user-management",
  "tenantId": "tenant_78901234-3456-3456-3456-345678901ghi",
  "userId": "user_90123456-4567-4567-4567-456789012jkl",
  "data": {
    "tenantId": "tenant_78901234-3456-3456-3456-345678901ghi",
    "userId": "user_90123456-4567-4567-4567-456789012jkl",
    "email": "user@example.com",
    "roleId": "role_12345678-1234-1234-1234-123456789abc",
    "roleName": "member"
  }
}`,
  },
  {
    name: "tenant.member_role_changed",
    text: `{
  "id": "evt_12345678-1234-1234-1234-123456789abc",
  "type": "tenant.member_role_changed",
  "timestamp": "2025-01-22T10:00:00Z",
  "version": "1.0",
  "source": "user-management",
  "tenantId": "tenant_78901234-3456-3456-3456-345678901ghi",
  "userId": "admin_12345678-1234-1234-1234-123456789abc",
  "data": {
    "tenantId": "tenant_78901234-3456-3456-3456-345678901ghi",
    "userId": "user_90123456-4567-4567-4567-456789012jkl",
    "oldRoleId": "role_12345678-1234-1234-1234-123456789abc",
    "oldRoleName": "member",
    "newRoleId": "role_98765432-4321-4321-4321-432109876fed",
    "newRoleName": "admin",
    "changedBy": "admin_12345678-1234-1234-1234-123456789abc"
  }
}`,
  },
  {
    name: "invitation.created",
    text: `{
  "id": "evt_12345678-1234-1234-1234-123456789abc",
  "type": "invitation.created",
  "timestamp": "2025-01-22T10:00:00Z",
  "version": "1.0",
  "source": "user-management",
  "tenantId": "tenant_78901234-3456-3456-3456-345678901ghi",
  "userId": "admin_12345678-1234-1234-1234-123456789abc",
  "data": {
    "invitationId": "inv_12345678-1234-1234-1234-123456789abc",
    "tenantId": "tenant_78901234-3456-3456-3456-345678901ghi",
    "email": "newuser@example.com",
    "invitationType": "email",
    "expiresAt": "2025-01-29T10:00:00Z",
    "createdBy": "admin_12345678-1234-1234-1234-123456789abc"
  }
}`,
  },
];
