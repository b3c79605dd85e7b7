// The process behind fullBacklog.ts: listens with the shortest backlog there is, says its port, and passes every connection on.
import { connect, createServer } from "node:net";

const server = createServer((socket) => {
  const upstream = connect(Number(process.argv[2]), "127.0.0.1");
  for (const [from, to] of [
    [socket, upstream],
    [upstream, socket],
  ] as const) {
    from.on("error", () => to.destroy());
    from.pipe(to);
  }
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.(address.port);
});
process.on("disconnect", () => process.exit());
