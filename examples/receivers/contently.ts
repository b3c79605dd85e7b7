// A receiver of contently, for an endpoint of the format `standard`: SECRET=whsec_… node examples/receivers/contently.ts
// The catalog's own documents are flat and need not name their type; the standard body always does.
import type { ContentlyEvent } from "../types/contently.ts";
import { receive } from "./receive.ts";

receive<ContentlyEvent>({ member: "type", handle });

function handle(event: ContentlyEvent): void {
  switch (event.type) {
    case "User.Login.Failed": {
      const { Email, UserId, FailureReason } = event.data;
      console.log(`${UserId ?? Email ?? "somebody"} was refused: ${FailureReason ?? "no reason given"}`);
      break;
    }
    case "Content.Published":
      console.log(`${event.data.ContentId ?? "content"} is online since ${event.data.Timestamp}`);
      break;
    case "Dashboard.Card.Added":
      console.log(`${event.data.UserId ?? "somebody"} added ${event.data.CardName ?? "a card"}`);
      break;
    case "Media.Processing.Completed":
      for (const { Name, Url } of event.data.Renditions ?? []) console.log(`fetch ${Name} from ${Url}`);
      break;
    default:
      // Types that this receiver has no use for, and those that a later version of the catalog adds.
      console.log(`${event.type} is left alone`);
  }
}
