import { until } from "#test/until.ts";
import { isAlive } from "#db/embedded/postmaster.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";
import { startOwnServer } from "../postgresql/ownServer.ts";

const deadlineMs = 120_000;

function everythingKilled(about: Pick<Scenario, "name" | "fast" | "timeoutMs">, times: number): Scenario {
  return {
    ...about,
    async run(stage) {
      const server = await startOwnServer();
      await stage.useDatabase(server.url);
      const audience = await stage.audience({ answerMs: () => 50 });
      let running = await Promise.all([stage.api(), stage.deliverer(), stage.deliverer()]);
      const [{ url, port }] = running;
      const load = stage.load(() => url, { perSecond: 50 });
      for (let time = 0; time < times; time++) {
        const arrivals = audience.arrivals();
        const isBusy = (): boolean => audience.arrivals() > arrivals + 60 && audience.inFlight() > 2;
        await until(isBusy, { deadlineMs, what: "requests are under way" });
        stage.faultBegins();
        const postmaster = server.pid();
        process.kill(postmaster, "SIGKILL");
        for (const one of running) one.kill("SIGKILL");
        await Promise.all(running.map((one) => one.ended));
        await until(() => !isAlive(postmaster), { deadlineMs, what: "PostgreSQL is gone" });
        // All at once, as a machine that comes up starts them: PostgreSQL is not there yet when the others ask for it.
        const [started] = await Promise.all([
          Promise.all([stage.api({ port }), stage.deliverer(), stage.deliverer()]),
          server.start(),
        ]);
        running = started;
      }
      stage.faultEnds();
      stage.remark(`${load.repeated().toLocaleString("en")} publishes were said again`);
    },
  };
}

describeFaults("processes", [
  everythingKilled({ name: "kill -9 of API, deliverers and PostgreSQL at once, then start", fast: true }, 1),
  everythingKilled(
    { name: "kill -9 of API, deliverers and PostgreSQL at once, then start; four times", timeoutMs: 600_000 },
    4,
  ),
]);
