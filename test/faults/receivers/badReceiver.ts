import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from "node:tls";
import { onTestFinished } from "vitest";
import type { TestEndpoint } from "#test/gateway.ts";
import { verify } from "#verify/index.ts";
import type { Stage } from "../harness/scenario.ts";
import { OK, type Behaviour } from "./behaviours.ts";

/** A receiver on bare TCP or TLS that behaves as it is told, and joins the books. It reads every request, and verifies it. */
export interface BadReceiver {
  readonly port: number;
  /** Whom a request to `/<name>` is for. */
  expect(name: string, endpoint: TestEndpoint): void;
  /** From now on it does this; what is under way stays as it is. */
  behave(behaviour: Behaviour): void;
  /** From now on it answers 200, with its right certificate. */
  heal(): void;
  readonly counts: Counts;
}

/** What a receiver has seen so far. */
export interface Counts {
  connections: number;
  /** Connections that stand now, and the most that ever did. */
  open: number;
  mostOpen: number;
  requests: number;
  /** Bytes that the other side took, of connections that have ended. */
  bytesTaken: number;
}

export interface ReceiverChoices {
  readonly behaviour: Behaviour;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
  /** TLS, with this certificate (of the folder `tls`) until it heals. */
  readonly certificate?: Certificate;
}

export type Certificate = "good" | "otherName" | "expired" | "selfSigned";

/** Starts a receiver of the calling scenario. */
export async function startBadReceiver(stage: Stage, choices: ReceiverChoices): Promise<BadReceiver> {
  const counts: Counts = { connections: 0, open: 0, mostOpen: 0, requests: 0, bytesTaken: 0 };
  const endpoints = new Map<string, TestEndpoint>();
  let behaviour = choices.behaviour;
  const serve = (socket: Socket): void => {
    socket.on("error", () => {});
    behaviour.onConnection?.(socket);
    readRequests(socket, (request) => {
      const nth = ++counts.requests;
      behaviour.onRequest?.(socket, nth);
      void note(stage, endpoints, request, behaviour.accepts(nth));
    });
  };
  const server = open(choices.certificate, serve);
  watch(server, counts);
  const port = await listen(server, choices.port ?? 0, choices.host ?? "127.0.0.1");
  return {
    port,
    counts,
    expect: (name, endpoint) => void endpoints.set(name, endpoint),
    behave: (next) => void (behaviour = next),
    heal() {
      behaviour = OK;
      if ("setSecureContext" in server) server.setSecureContext(secured("good"));
    },
  };
}

/** The authority that signed the certificates: what `NODE_EXTRA_CA_CERTS` names. */
export const authorityFile = new URL("tls/ca.crt", import.meta.url).pathname;

function secured(certificate: Certificate): TlsOptions {
  return { key: pem("server.key"), cert: pem(`${certificate}.crt`) };
}

function open(certificate: Certificate | undefined, serve: (socket: Socket) => void): Server | TlsServer {
  if (certificate === undefined) return createServer({ allowHalfOpen: true }, serve);
  const server = createTlsServer({ ...secured(certificate), allowHalfOpen: true }, serve);
  // A handshake that the other side refuses.
  return server.on("tlsClientError", () => {});
}

function watch(server: Server, counts: Counts): void {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    counts.connections++;
    counts.open++;
    counts.mostOpen = Math.max(counts.mostOpen, counts.open);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      counts.open--;
      counts.bytesTaken += socket.bytesWritten;
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: 4096 }, () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Every complete request, one after the other; a FIN of the other side is answered with ours. */
function readRequests(socket: Socket, onRequest: (request: Request) => void): void {
  let text = "";
  socket.on("end", () => socket.end());
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    const headEnd = text.indexOf("\r\n\r\n") + 4;
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
    if (headEnd < 4 || text.length < headEnd + length) return;
    const [requestLine = "", ...lines] = text.slice(0, headEnd - 4).split("\r\n");
    const headers = lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]);
    const body = Buffer.from(text.slice(headEnd, headEnd + length), "latin1").toString("utf8");
    text = text.slice(headEnd + length);
    onRequest({ path: requestLine.split(" ")[1] ?? "", headers: Object.fromEntries(headers), body });
  });
}

async function note(
  stage: Stage,
  endpoints: ReadonlyMap<string, TestEndpoint>,
  { path, headers, body }: Request,
  accepted: boolean,
): Promise<void> {
  const at = Date.now();
  const webhookId = headers["webhook-id"] ?? "";
  const endpoint = endpoints.get(path.slice(1));
  const signatureHolds =
    endpoint !== undefined &&
    (await verify(body, headers, endpoint.secret).then(
      ({ id }) => id === webhookId,
      () => false,
    ));
  stage.arrived({ webhookId, endpointId: endpoint?.id ?? path, accepted, signatureHolds, at });
}

function pem(name: string): string {
  return readFileSync(new URL(`tls/${name}`, import.meta.url), "utf8");
}
