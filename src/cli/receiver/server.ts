import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { verify, WebhookVerificationError } from "#verify/index.ts";
import type { Arrival, SignatureFinding } from "./block.ts";

export interface ReceiverSettings {
  /** `whsec_…` or `whpk_…`; empty: signatures are shown as unchecked. */
  secrets: readonly string[];
  /** The status of every answer. */
  status: number;
  /** How many requests are answered 500 before that. */
  failFirst: number;
  onArrival: (arrival: Arrival) => void;
}

const maxBodyBytes = 2 ** 20;
const maxRemembered = 100_000;

/** A server, not yet listening, that answers every request and tells what it saw. */
export function createReceiver({ secrets, status, failFirst, onArrival }: ReceiverSettings): Server {
  const seen = new Map<string, number>();
  let requests = 0;

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413, { connection: "close" }).end();
      return;
    }
    requests += 1;
    const answered = requests <= failFirst ? 500 : status;
    const id = header(request, "webhook-id");
    const signature = await examine(request, body, secrets);
    const { method = "", url: path = "/" } = request;
    // By path as well: two endpoints of a tenant get an event under the same id.
    const known = `${id} ${path}`;
    const times = id === undefined ? 1 : (seen.get(known) ?? 0) + 1;
    if (seen.has(known) || seen.size < maxRemembered) seen.set(known, times);
    onArrival({ at: new Date(), method, path, id, body: body.toString(), times, signature, answered });
    response.writeHead(answered).end();
  }

  return createServer((request, response) => {
    // A sender that goes away in the middle of its request is its own affair.
    receive(request, response).catch(() => response.destroy());
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

async function examine(request: IncomingMessage, body: Buffer, secrets: readonly string[]): Promise<SignatureFinding> {
  if (secrets.length === 0) return { verdict: "unchecked" };
  try {
    const { version, secretIndex } = await verify(body, request.headers, secrets, { parse: false });
    return { verdict: "holds", version, secret: secrets.length === 1 ? "the secret" : `secret ${secretIndex + 1}` };
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return { verdict: "fails", reason: `${error.message} (${error.code})` };
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
