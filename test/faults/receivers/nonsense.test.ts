import { describeFaults } from "../harness/describe.ts";
import { answersAndCloses, gzipBomb, poursEarlyHints, tenGibibytes } from "./behaviours.ts";
import { delivering, deliveringToCrowd, failing } from "./troubles.ts";

const invalid = { failure: "protocol", http_status: null, error: /^the response is not valid HTTP/ };

describeFaults("receivers", [
  failing({
    name: "A receiver speaks another protocol",
    fast: true,
    behaviour: answersAndCloses("SSH-2.0-OpenSSH_9.6\r\n"),
    recorded: invalid,
  }),
  failing({
    name: "A receiver answers with two lengths",
    behaviour: answersAndCloses("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
    recorded: invalid,
  }),
  failing({
    name: "A receiver answers with a head of 40 kB",
    behaviour: answersAndCloses(`HTTP/1.1 200 OK\r\n${"x: yyyyyyyyyyyyyyyy\r\n".repeat(2000)}\r\n`),
    recorded: { failure: "protocol", http_status: null },
  }),
  failing({
    name: "A receiver pours out 103s",
    behaviour: poursEarlyHints,
    recorded: { failure: "protocol", http_status: null, error: /interim/ },
  }),
  delivering({
    name: "A receiver answers in HTTP/1.0, and closes",
    behaviour: () => answersAndCloses("HTTP/1.0 200 OK\r\nserver: old\r\n\r\nthank you", () => true),
    kept: /^thank you$/,
  }),
  deliveringToCrowd({
    name: "A receiver answers with a gzip bomb of 100 MB",
    behaviour: gzipBomb,
    kept: /^[^]{1,4096}$/,
  }),
  deliveringToCrowd({
    name: "A receiver answers with a body of 10 GiB",
    behaviour: () => tenGibibytes,
    kept: /^x{4096}$/,
    megabytesTakenAtMost: 32,
  }),
]);
