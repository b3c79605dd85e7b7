// A receiver of organization-notifications, for an endpoint of the format `native`:
// SECRET=whsec_… node examples/receivers/organization-notifications.ts
import type { OrganizationNotificationsDocument } from "../types/organization-notifications.ts";
import { receive } from "./receive.ts";

type Notification = Extract<OrganizationNotificationsDocument, { template: string }>;
type Trigger = Exclude<OrganizationNotificationsDocument, Notification>;

receive<Trigger | Notification>({
  member: "type",
  // A notification is told from a trigger by its template.
  handle: (document) => ("template" in document ? send(document) : note(document)),
});

/** What a notification module does: the channel, whom, and the text of the template. */
function send(notification: Notification): void {
  console.log(`${notification.type} to ${notification.recipients.join(", ")}: ${subjectOf(notification)}`);
}

function subjectOf(notification: Notification): string {
  switch (notification.template) {
    case "invitation":
      return `${notification.data.inviterName} invites you to ${notification.data.organizationName}`;
    case "team_member_added":
      return `You've been added to the ${notification.data.teamName} team`;
    case "competency_verified":
      return `Your ${notification.data.competencyName} skill has been verified! 🎉`;
    default:
      return notification.template;
  }
}

function note(trigger: Trigger): void {
  if (trigger.type === "user.account_deleted") console.log(`forget ${trigger.data.userId}`);
  else console.log(`${trigger.type} is left alone`);
}
