import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";

const deadlineMs = 120_000;

/** Two APIs and two deliverers under load; each in turn gets SIGTERM, is waited for, and started again. */
function rollingRestart(about: Pick<Scenario, "name" | "fast" | "timeoutMs">, rounds: number): Scenario {
  return {
    ...about,
    async run(stage) {
      const audience = await stage.audience({ answerMs: (nth) => 20 + (nth % 10) * 30 });
      const apis = [await stage.api(), await stage.api()];
      const deliverers = [await stage.deliverer(), await stage.deliverer()];
      const urls = apis.map((api) => api.url);
      let turn = 0;
      const load = stage.load(() => urls[turn++ % urls.length] ?? "", { perSecond: 60 });
      stage.expectNothingTwice();
      for (let round = 0; round < rounds; round++) {
        for (const nth of [0, 1]) {
          await busy(audience);
          const [api, deliverer] = [apis[nth], deliverers[nth]];
          if (api === undefined || deliverer === undefined) throw new Error("there are two of each");
          deliverer.kill("SIGTERM");
          await deliverer.ended;
          deliverers[nth] = await stage.deliverer();
          await busy(audience);
          api.kill("SIGTERM");
          await api.ended;
          apis[nth] = await stage.api({ port: api.port });
        }
      }
      stage.faultEnds();
      stage.remark(`${rounds * 4} restarts; ${load.repeated().toLocaleString("en")} publishes were said again`);
    },
  };
}

async function busy(audience: { arrivals(): number; inFlight(): number }): Promise<void> {
  const arrivals = audience.arrivals();
  const isBusy = (): boolean => audience.arrivals() > arrivals + 20 && audience.inFlight() > 2;
  await until(isBusy, { deadlineMs, what: "requests are under way" });
}

describeFaults("processes", [
  rollingRestart({ name: "SIGTERM in turn to two APIs and two deliverers under load", fast: true }, 1),
  rollingRestart(
    { name: "rolling restart of two APIs and two deliverers under load, five rounds", timeoutMs: 600_000 },
    5,
  ),
]);
