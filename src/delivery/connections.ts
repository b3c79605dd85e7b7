import { Agent, type buildConnector, Client, type Dispatcher, Pool } from "undici";

/** One client's current connection. */
export interface Wire {
  /** The IP address at the other end, or null before the first connection. */
  address: string | null;
  /** Requests written on it so far. */
  requests: number;
}

/** A dispatch handler that is told which connection its request goes out on. */
export abstract class WiredHandler {
  wire: Wire | null = null;
}

export interface ConnectionOptions {
  connect: buildConnector.connector;
  connectionsPerOrigin: number;
  /** Beside so many open connections, the first one to another origin ends with its request. */
  keptConnections: number;
}

export interface Connections {
  /** Sends on a pooled keep-alive connection. */
  dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler & WiredHandler): void;
  /** Sends on a connection of its own, which ends with the response. */
  dispatchFresh(
    options: Agent.DispatchOptions & { origin: string },
    handler: Dispatcher.DispatchHandler & WiredHandler,
  ): void;
  /** Ends all pooled connections at once. */
  destroy(): Promise<void>;
}

/**
 * undici's Agent (it drops the pools of idle origins by itself) over clients that know their connection. undici's own
 * timeouts are off: endless 103s evade `headersTimeout` and a dripped body `bodyTimeout`, so the sender has one deadline.
 */
export function openConnections({ connect, connectionsPerOrigin, keptConnections }: ConnectionOptions): Connections {
  const open = new OpenConnections(keptConnections);
  const options: Pool.Options = {
    connections: connectionsPerOrigin,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 10_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16_384,
    // A connection under steady load never idles out: this is when its name is resolved and judged again.
    maxRequestsPerClient: 1000,
  };
  const openClient = (origin: string | URL) => {
    const { connections: _, ...clientOptions } = options;
    return new WiredClient(origin, clientOptions, open.counting(new URL(origin).origin, connect));
  };
  const agent = new Agent({
    allowH2: false,
    factory: (origin) => new Pool(origin, { ...options, connect, factory: openClient }),
  });
  return {
    dispatch: (request, handler) => {
      agent.dispatch(open.isRoomFor(request.origin) ? request : { ...request, reset: true }, handler);
    },
    dispatchFresh: (request, handler) => {
      const client = openClient(request.origin);
      client.dispatch({ ...request, reset: true }, handler);
      // Closing lets the request end first.
      void client.close();
    },
    destroy: () => agent.destroy(),
  };
}

/**
 * The connections that are open, of each origin. Those kept for a next request cost memory: with an event for each of 5,000 origins the
 * deliverer came to 478 MB, to 371 where 1,000 were kept, and to 271 where none was. Whoever has a connection goes on using it, so that many
 * small receivers cost a busy one nothing.
 */
class OpenConnections {
  readonly #kept: number;
  readonly #ofOrigin = new Map<string, number>();
  #count = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  isRoomFor(origin: string | URL | undefined): boolean {
    return this.#count < this.#kept || this.#ofOrigin.has(String(origin));
  }

  /** The connector, and each of its connections counted while it is open. */
  counting(origin: string, connect: buildConnector.connector): buildConnector.connector {
    return (to, callback) => {
      connect(to, (...result) => {
        const [, socket] = result;
        if (socket) {
          this.#add(origin, 1);
          socket.once("close", () => this.#add(origin, -1));
        }
        callback(...result);
      });
    };
  }

  #add(origin: string, more: 1 | -1): void {
    this.#count += more;
    const count = (this.#ofOrigin.get(origin) ?? 0) + more;
    if (count === 0) this.#ofOrigin.delete(origin);
    else this.#ofOrigin.set(origin, count);
  }
}

class WiredClient extends Client {
  readonly #wire: Wire;

  constructor(origin: string | URL, options: Client.Options, connect: buildConnector.connector) {
    const wire: Wire = { address: null, requests: 0 };
    const wiredConnect: buildConnector.connector = (to, callback) => {
      connect(to, (...result) => {
        wire.address = result[1]?.remoteAddress ?? null;
        wire.requests = 0;
        callback(...result);
      });
    };
    super(origin, { ...options, connect: wiredConnect });
    this.#wire = wire;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof WiredHandler) handler.wire = this.#wire;
    return super.dispatch(options, handler);
  }
}
