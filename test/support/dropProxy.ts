import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A TCP way to PostgreSQL that a test can stop or cut. */
export interface DropProxy {
  /** The database's URL through it. */
  readonly url: string;
  /** Bytes from the server stay here from now on; what is sent to it still arrives. */
  holdReplies(): void;
  /** Cuts every connection, and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
}

/** Starts a proxy of the calling test in front of the server of `databaseUrl`. */
export async function startDropProxy(databaseUrl: string): Promise<DropProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const state = { holding: false, cut: false };
  const server = createServer((client) => {
    if (state.cut) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk) => upstream.write(chunk));
    upstream.on("data", (chunk) => {
      if (!state.holding) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    state.cut = true;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(typeof address === "object" && address !== null ? address.port : 0);
  return {
    url: url.href,
    holdReplies: () => void (state.holding = true),
    cut,
    mend: () => void (state.cut = false),
  };
}
