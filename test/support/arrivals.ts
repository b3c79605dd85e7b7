// The process behind clockedReceiver.ts: says its port, and when asked all times of arrival.
import { createServer } from "node:http";

const times: number[] = [];
const server = createServer((request, response) => {
  times.push(performance.timeOrigin + performance.now());
  request.resume();
  response.end();
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.(address.port);
});
process.on("message", () => process.send?.(times));
process.on("disconnect", () => process.exit());
