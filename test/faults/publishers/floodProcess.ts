// The process behind flood.ts: so many requests a second, answered or not, over connections that stay open.
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { floodOptions, type FloodResult } from "./floodMessages.ts";

interface Asked {
  readonly id: string;
  readonly tenantId: string;
  readonly sentAtMs: number;
}

/** One connection; its answers come in the order of its requests. */
interface Line {
  socket: Socket | null;
  open: Asked[];
  text: string;
}

const options = floodOptions.parse(JSON.parse(process.argv[2] ?? ""));
const result: FloodResult = { offered: 0, accepted: [], refused: {}, faults: [], unsent: 0, unanswered: 0 };
/** Requests under way on one connection at most: as clients do it, the others wait for one that is free. */
const deep = 4;
const ended = new AbortController();
const lines: Line[] = Array.from({ length: options.connections }, () => ({ socket: null, open: [], text: "" }));
for (const line of lines) dial(line);
await allConnected();
let turn = 0;
await offerAll();
await answersOrSilence();
ended.abort();
result.unanswered += unanswered();
for (const line of lines) {
  line.socket?.destroy();
}
process.send?.(result, () => process.exit(0));

/** A connection that ends is dialled anew: what was asked on it gets no answer any more. */
function dial(line: Line): void {
  const socket = connect(options.port, "127.0.0.1");
  socket.setNoDelay(true);
  socket.on("data", (chunk) => read(line, chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.once("close", () => {
    if (ended.signal.aborted) return;
    result.unanswered += line.open.length;
    line.open = [];
    line.text = "";
    dial(line);
  });
  line.socket = socket;
}

/** Thousands at once are more than a listener takes at once: the rate is of requests, and begins when connecting is over. */
async function allConnected(): Promise<void> {
  const begunMs = performance.now();
  while (lines.some(({ socket }) => socket?.readyState !== "open") && performance.now() - begunMs < 20_000)
    await delay(10);
}

/** Every two milliseconds what is due by then. What finds no free connection within the time is not sent. */
async function offerAll(): Promise<void> {
  const total = options.perSecond * options.seconds;
  const begunMs = performance.now();
  let sent = 0;
  while (result.offered < total) {
    const due = Math.floor(((performance.now() - begunMs) * options.perSecond) / 1000);
    result.offered = Math.min(total, due);
    while (sent < result.offered && ask(sent)) sent++;
    await delay(2);
  }
  result.unsent = result.offered - sent;
}

function ask(n: number): boolean {
  const line = freeLine();
  if (line === undefined) return false;
  const tenantId = options.tenants[n % options.tenants.length] ?? "";
  const id = `${options.name}-${n}`;
  const body = JSON.stringify({ type: options.type, tenantId, id, data: { n: id, filling: options.filling } });
  line.open.push({ id, tenantId, sentAtMs: performance.now() });
  line.socket?.write(
    `POST /v1/events HTTP/1.1\r\nhost: posthorn\r\nauthorization: Bearer ${options.key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return true;
}

/** In turn, of those with room. */
function freeLine(): Line | undefined {
  for (let looked = 0; looked < lines.length; looked++) {
    const line = lines[turn++ % lines.length];
    if (line?.socket?.readyState === "open" && line.open.length < deep) return line;
  }
  return undefined;
}

function read(line: Line, chunk: string): void {
  line.text += chunk;
  for (;;) {
    const bodyAt = line.text.indexOf("\r\n\r\n") + 4;
    const head = line.text.slice(0, bodyAt).toLowerCase();
    const length = /\r\ncontent-length: (\d+)\r\n/.exec(head)?.[1];
    if (bodyAt < 4 || line.text.length < bodyAt + Number(length ?? 0)) return;
    const body = line.text.slice(bodyAt, bodyAt + Number(length ?? 0));
    line.text = line.text.slice(bodyAt + body.length);
    const asked = line.open.shift();
    if (asked !== undefined) note(asked, head, body);
  }
}

function note(asked: Asked, head: string, body: string): void {
  const status = head.slice(9, 12);
  const tookMs = performance.now() - asked.sentAtMs;
  if (status === "202") {
    result.accepted.push({ id: asked.id, tenantId: asked.tenantId, at: Date.now(), tookMs });
    return;
  }
  const code = /"code":"(\w+)"/.exec(body)?.[1] ?? "none";
  const kind = `${status} ${code}`;
  const { count, slowestMs } = result.refused[kind] ?? { count: 0, slowestMs: 0 };
  result.refused[kind] = { count: count + 1, slowestMs: Math.max(slowestMs, tookMs) };
  const isProblem = head.includes("\r\ncontent-type: application/problem+json\r\n") && code !== "none";
  const saysWhen = /\r\nretry-after: \d+\r\n/.test(head);
  if ((!isProblem || !saysWhen) && result.faults.length < 5) result.faults.push(head + body);
}

function unanswered(): number {
  return lines.reduce((sum, line) => sum + line.open.length, 0);
}

/** Until everything is answered, or nothing has been for ten seconds. */
async function answersOrSilence(): Promise<void> {
  let [last, sinceMs] = [unanswered(), performance.now()];
  while (last > 0 && performance.now() - sinceMs < 10_000) {
    await delay(50);
    const now = unanswered();
    if (now !== last) [last, sinceMs] = [now, performance.now()];
  }
}
