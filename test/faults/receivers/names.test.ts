import { describeFaults } from "../harness/describe.ts";
import { open, renaming, shut } from "./renaming.ts";

const blocked = {
  failure: "blockedAddress",
  address: null,
  error: /leads to an address that deliveries may not go to$/,
};

describeFaults("receivers", [
  renaming({ name: "A receiver's name moves to a private address", fast: true, said: [shut], recorded: blocked }),
  renaming({ name: "A receiver's name gets a private address beside its own", said: [open, shut], recorded: blocked }),
  renaming({
    name: "A receiver's name does not exist any more",
    said: "NXDOMAIN",
    recorded: { failure: "dns", error: /has no address/ },
  }),
  renaming({
    name: "A receiver's name server fails",
    said: "SERVFAIL",
    recorded: { failure: "dns", error: /could not be resolved/ },
  }),
  renaming({ name: "A receiver's name server is silent", said: "silence", recorded: { failure: "dns" } }),
]);
