import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";
import { createSender, type Sender, type SenderOptions, type SendRequest } from "#delivery/sender.ts";
import { parseAllowTargets, type AllowTargets } from "#domain/url.ts";

/** A loopback server of the calling test, closed with it. */
export interface Receiver {
  port: number;
  /** Plain http on 127.0.0.1. */
  url: string;
  /** Connections accepted so far. */
  connections: number;
  /** Connections that the other side has ended so far. */
  ended: number;
  /** Complete requests as they came, head and body. */
  requests: string[];
  /** Every socket accepted. */
  sockets: Socket[];
}

export type OnRequest = (socket: Socket, request: string, nth: number) => void;

export const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** A server that hands over each complete request, and does with the socket whatever the test says. */
export function receive(
  onRequest: OnRequest = (socket) => socket.write(OK),
  onConnection?: (socket: Socket) => void,
): Promise<Receiver> {
  return listen((accept) => createServer({ allowHalfOpen: true }, accept), onRequest, onConnection);
}

/** The same over TLS, as hooks.example.com. */
export function receiveTls(
  options: TlsOptions = {},
  onRequest: OnRequest = (socket) => socket.write(OK),
): Promise<Receiver> {
  return listen(
    (accept) => createTlsServer({ key: pem("server.key"), cert: pem("server.crt"), ...options }, accept),
    onRequest,
  );
}

/** The authority behind `receiveTls`. */
export const TEST_CA = pem("ca.crt");

export function allowing(text: string): AllowTargets {
  const targets = parseAllowTargets(text);
  if (typeof targets === "string") throw new Error(targets);
  return targets;
}

/** A sender of the calling test: loopback allowed, every name at 127.0.0.1. */
export function testSender(options: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({
    resolver: () => Promise.resolve(["127.0.0.1"]),
    userAgent: "Posthorn/test",
    allow: allowing("127.0.0.0/8,::1/128"),
    ...options,
  });
  onTestFinished(async () => {
    sender.interrupt();
    await sender.close();
  });
  return sender;
}

/** A small request. */
export function to(url: string, more: Partial<SendRequest> = {}): SendRequest {
  const headers = { "content-type": "application/json", "webhook-id": "evt_1" };
  return { url, headers, body: '{"a":1.0}', timeoutMs: 5000, ...more };
}

/** A receiver that answers with this text and then closes. */
export function answering(text: string): Promise<Receiver> {
  return receive((socket) => socket.end(text));
}

/** Writes a little every 20 ms for as long as the connection stands. */
export function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20);
  socket.on("close", () => clearInterval(timer));
}

/** A port of 127.0.0.1 where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await bind(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(
  serve: (accept: (socket: Socket) => void) => Server,
  onRequest: OnRequest,
  onConnection?: (socket: Socket) => void,
): Promise<Receiver> {
  const receiver: Receiver = { port: 0, url: "", connections: 0, ended: 0, requests: [], sockets: [] };
  const server = serve((socket) => {
    socket.on("error", () => {});
    onConnection?.(socket);
    readRequests(socket, (request) => onRequest(socket, request, receiver.requests.push(request)));
  });
  server.on("connection", (socket: Socket) => {
    receiver.connections++;
    receiver.sockets.push(socket);
    let ended = false;
    const onEnd = () => {
      if (!ended) receiver.ended++;
      ended = true;
    };
    socket.on("end", onEnd).on("close", onEnd);
    socket.on("error", () => {});
  });
  onTestFinished(async () => {
    for (const socket of receiver.sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  receiver.port = await bind(server);
  receiver.url = `http://127.0.0.1:${receiver.port}/in`;
  return receiver;
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function readRequests(socket: Socket, onRequest: (request: string) => void): void {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    const headEnd = text.indexOf("\r\n\r\n") + 4;
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
    if (headEnd < 4 || text.length < headEnd + length) return;
    const request = text.slice(0, headEnd + length);
    text = text.slice(headEnd + length);
    onRequest(request);
  });
}

function pem(name: string): string {
  return readFileSync(new URL(`tls/${name}`, import.meta.url), "utf8");
}
