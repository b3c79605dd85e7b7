// The network between the gateway's processes and PostgreSQL, as far as a TCP proxy can be one.
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Network {
  /** The database's URL through it. */
  readonly url: string;
  /** Packets are dropped from now on: nothing arrives, nobody is told, who connects waits. What was sent arrives after `mend`, as TCP sends again. */
  drop(): void;
  /** Who connects is refused, and what is connected is reset. */
  refuse(): void;
  mend(): void;
  /** Every connection there is becomes half-open: neither side hears of the other again, and neither is told. New ones are as before. */
  strand(): void;
  /** New connections go to the server of this URL. */
  lead(url: string): void;
  /** Connections that go through now. */
  connections(): number;
}

/** One connection: the gateway's socket, and the one to the server. */
interface Line {
  readonly client: Socket;
  readonly server: Socket;
  stranded: boolean;
}

/** Starts a network of the calling test in front of the server of `databaseUrl`. */
export async function startNetwork(databaseUrl: string): Promise<Network> {
  const lines = new Set<Line>();
  let target = new URL(databaseUrl);
  let state: "up" | "dropping" | "refusing" = "up";
  const listener = createServer({ pauseOnConnect: true }, (client) => {
    if (state === "refusing") client.resetAndDestroy();
    else open(client, connect({ port: Number(target.port), host: target.hostname }), lines, () => state === "up");
  });
  const port = await listen(listener);
  const set = (next: typeof state): void => {
    state = next;
    for (const line of lines) flow(line, state === "up");
  };
  onTestFinished(() => {
    for (const { client, server } of lines) for (const socket of [client, server]) socket.destroy();
    listener.close();
  });
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    drop: () => set("dropping"),
    refuse() {
      set("refusing");
      for (const line of lines) if (!line.stranded) line.client.resetAndDestroy();
    },
    mend: () => set("up"),
    strand() {
      for (const line of lines) line.stranded = true;
      set(state);
    },
    lead: (to) => void (target = new URL(to)),
    connections: () => [...lines].filter((line) => !line.stranded).length,
  };
}

function open(client: Socket, server: Socket, lines: Set<Line>, isUp: () => boolean): void {
  const line: Line = { client, server, stranded: false };
  lines.add(line);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on("error", () => {});
    from.on("data", (chunk) => {
      if (!line.stranded) to.write(chunk);
    });
    from.on("close", (broken) => {
      // Of a half-open connection the other end is told nothing, also not that this one has gone.
      if (line.stranded) return;
      lines.delete(line);
      if (broken) to.resetAndDestroy();
      else to.end();
    });
  }
  flow(line, isUp());
}

/** Paused sockets keep what they get, and what they are told of the end as well. Stranded ones read on, into nothing. */
function flow({ client, server, stranded }: Line, isUp: boolean): void {
  for (const socket of [client, server]) {
    if (isUp || stranded) socket.resume();
    else socket.pause();
  }
}

function listen(listener: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
