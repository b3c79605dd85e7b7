import { z } from "zod";
import type { TeamMembersAddedV1 } from "../../../examples/types/organization-notifications.ts";
import type { Address } from "./documents.ts";

/** An event from which others follow. */
export interface Trigger {
  readonly document: TeamMembersAddedV1;
  /** What follows from it: `email to user1@example.com`. */
  readonly notifications: readonly string[];
}

const notification = z.object({ type: z.string(), recipients: z.array(z.string()) });

/**
 * Two users were added to a team. The trigger carries no addresses and no names; they stand in `metadata`, and with `recipients` there the
 * gateway makes the notifications of it: an e-mail and an in-app one for each user.
 */
export function membersAdded({ id, tenantId }: Address): Trigger {
  const recipients = { "user-1": "user1@example.com", "user-2": "user2@example.com" };
  const document: TeamMembersAddedV1 = {
    type: "team.members_added",
    id,
    tenantId,
    metadata: {
      recipients,
      teamName: "Engineering",
      organizationName: "Acme Corp",
      addedByName: "John Admin",
      teamLink: "https://app.example.com/teams/team-789",
    },
    data: { teamId: "team-789", organizationId: "org-123", userIds: ["user-1", "user-2"], addedBy: "admin-456" },
  };
  const notifications = Object.entries(recipients).flatMap(([user, address]) => [
    `email to ${address}`,
    `in-app to ${user}`,
  ]);
  return { document, notifications };
}

/** A received document in the words of `Trigger.notifications`. */
export function describeDerived(document: unknown): string {
  const { success, data } = notification.safeParse(document);
  return success ? `${data.type} to ${data.recipients.join(" and ")}` : "something else";
}
