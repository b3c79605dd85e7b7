// What the receivers of this folder share: they listen, verify, and hand each event over once.
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
// In a project of your own: from "@posthorn/verify".
import { verify, WebhookVerificationError } from "#verify/index.ts";

export interface ReceiverOptions<Document> {
  /** A member that every body has: bodies without it are none of this catalog's. */
  readonly member: string;
  /** What tells an event from its repetitions; `webhook-id` unless told. */
  readonly idOf?: (document: Document) => string;
  readonly handle: (document: Document) => void;
}

/** Listens on 127.0.0.1, PORT or 9900; SECRET is the endpoint's. */
export function receive<Document>({ member, idOf, handle }: ReceiverOptions<Document>): void {
  // Yours is a table with the id as its key: written in one transaction with the document, before the answer.
  const known = new Set<string>();

  // The gateway has held the data to its type's schema before it took the event, and the signature says that it is the gateway's.
  const isDocument = (payload: unknown): payload is Document =>
    typeof payload === "object" && payload !== null && member in payload;

  async function accept(request: IncomingMessage): Promise<void> {
    const { id: webhookId, payload } = await verify(await buffer(request), request.headers, process.env.SECRET ?? "");
    if (!isDocument(payload)) return;
    const id = idOf?.(payload) ?? webhookId;
    if (known.has(id)) return;
    known.add(id);
    // After the answer: the gateway waits for that, and not for the work.
    setImmediate(() => handle(payload));
  }

  const server = createServer((request, response) => {
    accept(request).then(
      () => response.writeHead(204).end(),
      (error: unknown) => response.writeHead(error instanceof WebhookVerificationError ? 400 : 500).end(),
    );
  });
  server.listen(Number(process.env.PORT ?? 9900), "127.0.0.1", () => console.log("listening on", server.address()));
}
