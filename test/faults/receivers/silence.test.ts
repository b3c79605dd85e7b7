import { describeFaults } from "../harness/describe.ts";
import { startBadReceiver } from "./badReceiver.ts";
import { dripsBody, dripsEarlyHints, dripsHead, OK, silent } from "./behaviours.ts";
import { startFullBacklog } from "./fullBacklog.ts";
import { setScene } from "./scene.ts";
import { delivering, fail, failing } from "./troubles.ts";

const timedOut = { failure: "timeout", http_status: null };

describeFaults("receivers", [
  {
    name: "A receiver never accepts: its backlog is full",
    async run(stage) {
      const scene = await setScene(stage);
      const receiver = await startBadReceiver(stage, { behaviour: OK });
      const backlog = await startFullBacklog(receiver.port);
      const way = { base: `http://127.0.0.1:${backlog.port}`, heal: () => backlog.heal() };
      await fail(scene, receiver, way, {
        recorded: { failure: "timeout", error: /^no connection was ready/ },
        timeoutMs: 1000,
      });
      await scene.expectUnharmed();
    },
  },
  failing({
    name: "A receiver accepts, and never answers",
    behaviour: silent,
    timeoutMs: 1000,
    recorded: timedOut,
  }),
  failing({
    name: "A receiver answers one byte of its head a second",
    behaviour: dripsHead,
    timeoutMs: 2500,
    recorded: timedOut,
  }),
  delivering({
    name: "A receiver answers 200, and one byte of its body a second",
    behaviour: () => dripsBody,
    timeoutMs: 6000,
    leastMs: 5900,
    // As many as an endpoint of which nothing is known yet may have in flight: else they wait for each other.
    events: 20,
    kept: /^x{0,6}$/,
  }),
  failing({
    name: "A receiver answers 103 for ever, ten a second",
    behaviour: dripsEarlyHints,
    timeoutMs: 1000,
    recorded: timedOut,
  }),
]);
