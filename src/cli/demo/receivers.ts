import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { verify, WebhookVerificationError } from "#verify/index.ts";

/** `healthy` answers at once; `flaky` fails a fifth of first tries; at `dead` nothing listens. */
export type Temper = "healthy" | "flaky" | "dead";

/** What a receiver saw: the demo's books rest on it, and not on the gateway's word alone. */
export interface Tally {
  requests: number;
  /** By webhook-id, how often a request with a valid signature was accepted. */
  readonly accepted: Map<string, number>;
  /** How many requests were refused, left without an answer or cut off on purpose. */
  troubled: number;
  /** Why signatures did not hold. */
  readonly badSignatures: string[];
}

export interface DemoReceiver {
  readonly url: string;
  readonly tally: Tally;
  /** Signatures are checked against this secret from now on. */
  trust: (secret: string) => void;
  close: () => void;
}

type Reaction = "accept" | "error" | "silence" | "reset";

const troubleShare = 0.2;
const troubles: readonly Reaction[] = ["error", "silence", "reset"];

export interface ReceiverOptions {
  /** Is given every body that is accepted. */
  inspect?: ((id: string, body: string) => void) | undefined;
  /** Gives 0 to 1. */
  random?: (() => number) | undefined;
}

/** Opens a receiver on a free port of 127.0.0.1. */
export async function openReceiver(
  temper: Temper,
  { inspect = () => {}, random = Math.random }: ReceiverOptions = {},
): Promise<DemoReceiver> {
  const tally: Tally = { requests: 0, accepted: new Map(), troubled: 0, badSignatures: [] };
  const met = new Set<string>();
  let secret: string | undefined;

  function reactTo(id: string): Reaction {
    const isFirst = !met.has(id);
    met.add(id);
    if (temper !== "flaky" || !isFirst || random() >= troubleShare) return "accept";
    return troubles[Math.floor(random() * troubles.length)] ?? "error";
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = Buffer.concat(await Array.fromAsync(request, (chunk) => Buffer.from(chunk)));
    tally.requests += 1;
    if (secret === undefined) return void response.writeHead(503).end();
    const { id, body: text } = await verify(bytes, request.headers, secret, { parse: false });
    const reaction = reactTo(id);
    if (reaction === "accept") {
      tally.accepted.set(id, (tally.accepted.get(id) ?? 0) + 1);
      inspect(id, text);
      return void response.writeHead(204).end();
    }
    tally.troubled += 1;
    if (reaction === "error") response.writeHead(500).end("Try again later");
    if (reaction === "reset") request.socket.resetAndDestroy();
    // Silence: the gateway's own time-out has to end it.
  }

  const server = createServer((request, response) => {
    receive(request, response).catch((error: unknown) => {
      if (error instanceof WebhookVerificationError) tally.badSignatures.push(error.message);
      response.writeHead(400).end();
    });
  });
  const port = await listen(server);
  if (temper === "dead") server.close();
  return {
    url: `http://127.0.0.1:${port}/`,
    tally,
    trust: (text) => {
      secret = text;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the receiver has no port"));
      else resolve(address.port);
    });
  });
}
