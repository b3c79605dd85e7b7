// A receiver of user-management, for an endpoint of the format `native`: SECRET=whsec_… node examples/receivers/user-management.ts
import type { UserManagementDocument } from "../types/user-management.ts";
import { receive } from "./receive.ts";

receive<UserManagementDocument>({ member: "type", handle });

function handle(document: UserManagementDocument): void {
  switch (document.type) {
    case "tenant.member_joined": {
      const { email, roleName } = document.data;
      console.log(`welcome ${email}, who is ${roleName} now`);
      break;
    }
    case "tenant.member_role_changed": {
      const { userId, oldRoleName, newRoleName } = document.data;
      console.log(`tell ${userId}: from ${oldRoleName} to ${newRoleName}`);
      break;
    }
    case "invitation.created":
      console.log(`invite ${document.data.email}, until ${document.data.expiresAt}`);
      break;
    case "user.session_revoked":
      console.log(`tell ${document.data.userId}: ${document.data.sessionIds?.length ?? 1} session(s) ended`);
      break;
    default:
      // Types that this receiver has no use for, and those that a later version of the catalog adds.
      console.log(`${document.type} is left alone`);
  }
}
