// A receiver of base-events, for an endpoint of the format `native`: SECRET=whsec_… node examples/receivers/base-events.ts
import type { BaseEventsDocument, TaskUpdatedV1, TaskUpdatedV2 } from "../types/base-events.ts";
import { receive } from "./receive.ts";

receive<BaseEventsDocument>({ member: "eventType", idOf: ({ eventId }) => eventId, handle });

function handle(document: BaseEventsDocument): void {
  switch (document.eventType) {
    case "MemberAdded": {
      const { organizationId, userId, role } = document.data;
      console.log(`${userId} joins ${organizationId} as ${role}`);
      break;
    }
    case "SubscriptionCancelled":
      console.log(`${document.data.subscriptionId} ends on ${document.data.effectiveAt}`);
      break;
    case "TaskUpdated":
      console.log(`${document.data.taskId} changed: ${changedFields(document).join(", ")}`);
      break;
    default:
      // Types that this receiver has no use for, and those that a later version of the catalog adds.
      console.log(`${document.eventType} is left alone`);
  }
}

/** Both versions arrive while publishers move from one to the other. */
function changedFields(document: TaskUpdatedV1 | TaskUpdatedV2): string[] {
  if (document.eventVersion === "v1") return document.data.updatedFields;
  return document.data.changes.map(({ field, newValue }) => `${field} is ${JSON.stringify(newValue)}`);
}
