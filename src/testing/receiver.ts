import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Clock } from "#domain/clock.ts";
import { verify, type VerifiedWebhook } from "#verify/index.ts";

/** One request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The exact text that is signed. */
  readonly body: string;
  /** By the gateway's clock. */
  readonly at: Date;
  /**
   * What it says, if it was signed with one of these secrets at the time of its arrival.
   * @throws {WebhookVerificationError}
   */
  verify(secrets: string | readonly string[]): Promise<VerifiedWebhook>;
}

/** What to answer; 204 with nothing unless told. */
export interface ReceiverAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `count`: how many requests have arrived, with this one. */
export type ReceiverHandler = (
  request: ReceivedRequest,
  count: number,
) => ReceiverAnswer | void | Promise<ReceiverAnswer | void>;

/** A tenant's server on loopback. */
export interface TestReceiver {
  readonly url: string;
  /** All of them, in order of arrival. */
  readonly requests: readonly ReceivedRequest[];
}

/** A receiver that listens until it is closed. */
export async function startReceiver(
  clock: Clock,
  handler: ReceiverHandler,
): Promise<TestReceiver & { close(): Promise<void> }> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await read(request, clock);
    const count = requests.push(received);
    const { status = 204, headers = {}, body } = (await handler(received, count)) ?? {};
    response.writeHead(status, headers).end(body);
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the receiver has no address");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage, clock: Clock): Promise<ReceivedRequest> {
  const body = await text(request);
  const { method = "", url: path = "", headers } = request;
  const at = new Date(clock());
  return {
    method,
    path,
    headers,
    body,
    at,
    verify: (secrets) => verify(body, headers, secrets, { now: () => at }),
  };
}
