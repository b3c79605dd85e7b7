import { describeFaults } from "../harness/describe.ts";
import { connectTo, startOwnServer } from "./ownServer.ts";
import { reasons, startPlay } from "./play.ts";
import { serverProcesses } from "./serverProcesses.ts";

const faultMs = 10_000;

describeFaults("postgresql", [
  {
    name: "every statement runs into its timeout for 10 s: another session has locked the tables",
    async run(stage) {
      const gateway = await stage.gateway();
      const play = await startPlay(stage);
      const other = await connectTo(gateway.url);
      stage.faultBegins();
      await other.query("begin");
      await other.query("lock table posthorn.events, posthorn.deliveries, posthorn.attempts in access exclusive mode");
      await play.standsStill(faultMs);
      await other.query("commit");
      await other.end();
      stage.faultEnds();
      await play.ends(reasons.silence);
    },
  },
  {
    name: "PostgreSQL stands still for 10 s (SIGSTOP of all its processes)",
    async run(stage) {
      const server = await startOwnServer();
      await stage.useDatabase(server.url);
      const play = await startPlay(stage);
      stage.faultBegins();
      const stopped = serverProcesses(server.pid());
      for (const pid of stopped) process.kill(pid, "SIGSTOP");
      try {
        await play.standsStill(faultMs);
      } finally {
        for (const pid of stopped) process.kill(pid, "SIGCONT");
      }
      stage.faultEnds();
      await play.ends(reasons.silence);
    },
  },
]);
