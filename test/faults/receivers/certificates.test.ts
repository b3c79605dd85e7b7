import { describeFaults } from "../harness/describe.ts";
import { authorityFile } from "./badReceiver.ts";
import { OK } from "./behaviours.ts";
import { failing } from "./troubles.ts";

const env = { NODE_EXTRA_CA_CERTS: authorityFile };

describeFaults("receivers", [
  failing({
    name: "A receiver's certificate is for another name",
    behaviour: OK,
    certificate: "otherName",
    env,
    recorded: { failure: "tls", http_status: null, error: /altnames/ },
  }),
  failing({
    name: "A receiver's certificate has expired",
    fast: true,
    behaviour: OK,
    certificate: "expired",
    env,
    recorded: { failure: "tls", http_status: null, error: /certificate has expired/ },
  }),
  failing({
    name: "A receiver's certificate is signed by nobody but itself",
    behaviour: OK,
    certificate: "selfSigned",
    env,
    recorded: { failure: "tls", http_status: null, error: /self-signed certificate/ },
  }),
]);
