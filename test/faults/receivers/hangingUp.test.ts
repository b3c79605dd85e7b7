import { describeFaults } from "../harness/describe.ts";
import { endsAfterRequest, endsAtOnce, endsInBody, endsInStatusLine, resets } from "./behaviours.ts";
import { delivering, failing } from "./troubles.ts";

// Whether the connection stood for a moment is a matter of chance, and shows in the sentence alone.
const ended = { failure: "connection", http_status: null };

describeFaults("receivers", [
  failing({ name: "A receiver accepts, and resets", fast: true, behaviour: resets, recorded: ended }),
  failing({ name: "A receiver accepts, and half-closes at once", behaviour: endsAtOnce, recorded: ended }),
  failing({ name: "A receiver reads the request, and half-closes", behaviour: endsAfterRequest, recorded: ended }),
  failing({ name: "A receiver half-closes within its status line", behaviour: endsInStatusLine, recorded: ended }),
  delivering({
    name: "A receiver answers 200, and half-closes within its body",
    behaviour: () => endsInBody,
    kept: /^half of it$/,
  }),
]);
