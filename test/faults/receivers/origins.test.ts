import { describeFaults } from "../harness/describe.ts";
import { startBadReceiver } from "./badReceiver.ts";
import { OK } from "./behaviours.ts";
import { setScene } from "./scene.ts";

const origins = 5000;

describeFaults("receivers", [
  {
    name: "5,000 origins, one event for each, twice",
    timeoutMs: 360_000,
    async run(stage) {
      const scene = await setScene(stage);
      const receiver = await startBadReceiver(stage, { behaviour: OK, host: "0.0.0.0" });
      const endpoints = await Promise.all(
        Array.from({ length: origins }, (_, i) =>
          scene.endpointAt(receiver, `at${i}`, {
            url: `http://127.1.${i >> 8}.${i & 255}:${receiver.port}/at${i}`,
            eventTypes: ["origins.made"],
          }),
        ),
      );
      await scene.gateway.eventType("origins.made");
      stage.faultBegins();
      for (const round of [1, 2]) {
        const [eventId = ""] = await scene.publish("origins", 1, endpoints);
        await scene.delivered(eventId, origins);
        stage.remark(`round ${round}: ${receiver.counts.mostOpen} connections at once at most`);
      }
      stage.faultEnds();
      await scene.expectUnharmed();
    },
  },
]);
